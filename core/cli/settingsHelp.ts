import { presetIds } from '../training/presets.ts'
import { defaultRecipe, parseRecipe } from '../training/recipe.ts'
import { listSettings } from '../training/settings.ts'

/** Presets, and all settings with what they are where nothing is said. */
export function settingsText(): string {
  const { version: _, ...settings } = defaultRecipe
  const lines = listSettings(settings).map(([key, value]) => `  ${key}=${value}`)
  const schedules = (['plateau', 'step', 'cosine'] as const).map((kind) => {
    const {
      kind: _,
      warmup: __,
      ...own
    } = parseRecipe({ optimization: { schedule: kind } }).optimization.schedule
    const parts = Object.entries(own).map(([key, value]) => `${key}=${String(value)}`)
    return `${kind} (${parts.join(', ')})`
  })
  const more = `optimization.schedule has settings of its own: ${schedules.join(', ')}; and warmup=EPOCHS.`
  return `\nPresets:\n  ${presetIds().join(', ')}\n\nSettings, with their defaults (null: none):\n${lines.join('\n')}\n${more}\nA wrong value is refused with a list of the valid ones.`
}
