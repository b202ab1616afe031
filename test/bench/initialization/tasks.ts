import { demoRecipe } from '../../../core/cli/demo.ts'
import { initializations } from '../../../core/network/initialize.ts'
import { findPreset } from '../../../core/training/presets.ts'
import { parseRecipe, type Recipe, type RecipeInput } from '../../../core/training/recipe.ts'
import { mergeSettings } from '../../../core/training/settings.ts'
import type { DataName } from './data.ts'
import type { Result } from './table.ts'

export interface Task extends Pick<Result, 'part' | 'preset' | 'variant' | 'seed'> {
  readonly data: DataName
}

export interface Study {
  /**
   * `presets`: initial weights of the presets; `peer`, `peer-32`: beside PyTorch, at 64 and 32 pixels; `defaults`: the
   * presets' other settings.
   */
  readonly parts: readonly string[]
  readonly presets: readonly string[]
  /** Initial weights that the presets are compared with. */
  readonly kinds: readonly string[]
  /** Which of `defaults`; all where it is left out. */
  readonly variants?: readonly string[] | undefined
  readonly seeds: readonly number[]
}

export const pytorch = 'PyTorch, torchvision'
export const usualKinds = initializations.filter((kind) => kind !== 'paper')
const settingOf = (kind: string): string => `initialization.kind=${kind}`

/** One setting at a time, on either side of what the presets say. */
const usualVariants = [
  'as it is',
  ...['optimization.learningRate=0.005', 'optimization.learningRate=0.01', 'optimization.learningRate=0.04'],
  ...['optimization.schedule.warmup=null', 'optimization.schedule.warmup=2'],
  ...['network.dropout=0', 'network.dropout=0.5'],
  ...['network.widthMultiplier=0.25', 'network.widthMultiplier=0.5'],
  ...['network.fcWidth=256', 'network.fcWidth=512'],
  ...['optimization.schedule=step', 'optimization.schedule=constant'],
]

/** What each is meant for: clip art for the larger crop, clothes for the smaller, and clip art of other folders. */
const dataOf: Readonly<Record<string, readonly DataName[]>> = {
  'quick-look': ['clipart', 'clipart8'],
  'small-images': ['clothes', 'clipart8'],
  demo: ['clothes'],
}

/** VGG-A with batch normalization at full width, which is what PyTorch's peer trains, too. */
const fullWidth = (crop: number): RecipeInput => ({
  network: { config: 'A', batchNorm: true, dropout: 0.5, fcWidth: 4096 },
  data: { crop, scale: Math.round((crop * 256) / 224), flip: true, colorShift: 0 },
  optimization: {
    ...{ epochs: 20, batchSize: 32, microBatch: 32, learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 },
    schedule: { kind: 'cosine', warmup: { epochs: 1 } },
  },
})

/** Seed by seed: a study that is cut short has compared all of them by as many seeds. */
export function tasksOf({ parts, presets, kinds, variants = usualVariants, seeds }: Study): Task[] {
  const cells = parts.flatMap((part) => {
    if (part.startsWith('peer')) {
      const at = part === 'peer' ? full(64, 'clipart8') : full(32, 'clothes')
      return [pytorch, settingOf('torchvision')].map((variant) => ({ part, ...at, variant }))
    }
    const each = part === 'presets' ? kinds.map(settingOf) : variants
    return presets.flatMap((preset) =>
      dataOf[preset]!.flatMap((data) => each.map((variant) => ({ part, preset, data, variant }))),
    )
  })
  return seeds.flatMap((seed) => cells.map((cell) => ({ ...cell, seed })))
}

const full = (crop: number, data: DataName) => ({ preset: `full-width-${crop}`, data })

export function keyOf({ part, preset, data, variant, seed }: Task | Result): string {
  return [part, preset, data, variant, seed].join(' | ')
}

/** What a task trains by. @param most epochs */
export async function recipeOf({ preset, variant, seed }: Task, most: number): Promise<Recipe> {
  const base = await baseOf(preset)
  const epochs = Math.min(most, parseRecipe(base).optimization.epochs)
  const changes = variant === pytorch || variant === 'as it is' ? [] : [variant]
  return parseRecipe(mergeSettings(base, [...changes, `optimization.epochs=${epochs}`, `seed=${seed}`]))
}

async function baseOf(preset: string): Promise<RecipeInput> {
  const [, crop] = /^full-width-(\d+)$/.exec(preset) ?? []
  if (crop !== undefined) return fullWidth(Number(crop))
  return preset === 'demo' ? demoRecipe(24) : (await findPreset(preset)).recipe
}
