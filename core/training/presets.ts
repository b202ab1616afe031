import { readdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { messageOf, StudioError } from '../base/errors.ts'
import { parseRecipe, type Recipe, type RecipeInput } from './recipe.ts'
import { listSettings } from './settings.ts'

/** A named start for a recipe: what differs from the defaults. */
export interface Preset {
  /** The file's name: `paper-d-256`. */
  readonly id: string
  /** Display text: `Paper D, S = 256`. */
  readonly name: string
  readonly description: string
  /** It makes no sense without weights to start from (initialization.from). */
  readonly needsSource: boolean
  readonly recipe: RecipeInput
}

const presetFolder = fileURLToPath(new URL('../../resources/presets/', import.meta.url))

const fileSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  needsSource: z.boolean().default(false),
  recipe: z.record(z.string(), z.unknown()),
})

/** Their names, for help: nothing is read. */
export function presetIds(folder = presetFolder): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name, '.json'))
    .sort()
}

/** All presets, by id. @throws StudioError `invalid-preset` naming the file */
export async function loadPresets(folder = presetFolder): Promise<readonly Preset[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  return Promise.all(names.map((name) => readPreset(join(folder, name))))
}

/** @throws StudioError `unknown-preset`, `invalid-preset` */
export async function findPreset(id: string, folder = presetFolder): Promise<Preset> {
  const presets = await loadPresets(folder)
  const found = presets.find((preset) => preset.id === id)
  if (found) return found
  throw new StudioError('unknown-preset', { id, ids: presets.map((preset) => preset.id) })
}

/** Up to this median shorter side, in pixels, images are best served by the preset for small ones. */
const smallSide = 64

/** The preset that images of this median shorter side (in pixels) are first tried with, where nobody has asked for one. */
export function presetForSize(shorterSide: number): 'small-images' | 'quick-look' {
  return shorterSide <= smallSide ? 'small-images' : 'quick-look'
}

/** Settings that say nothing about which preset a recipe began as. */
const beside = /^(seed$|execution\.|checkpoints\.|optimization\.(learningRate|epochs|microBatch)$)/

/** The learning rate of the preset that a recipe differs least from: one that is known to work there. */
export async function presetRate(recipe: Recipe): Promise<number> {
  const own = listSettings(recipe).filter(([key]) => !beside.test(key))
  const candidates = (await loadPresets()).map((preset) => {
    const whole = parseRecipe(preset.recipe)
    const settings = new Map(listSettings(whole))
    return {
      rate: whole.optimization.learningRate,
      differing: own.filter(([key, value]) => settings.get(key) !== value).length,
    }
  })
  return candidates.reduce((best, one) => (one.differing < best.differing ? one : best)).rate
}

async function readPreset(path: string): Promise<Preset> {
  try {
    const preset = fileSchema.parse(JSON.parse(await readFile(path, 'utf8')))
    parseRecipe(preset.recipe)
    // Checked by the line above.
    return { ...preset, id: basename(path, '.json'), recipe: preset.recipe as RecipeInput }
  } catch (error) {
    throw new StudioError('invalid-preset', { path, detail: messageOf(error) }, { cause: error })
  }
}
