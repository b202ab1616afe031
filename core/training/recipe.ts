import type * as z from 'zod'
import { StudioError } from '../base/errors.ts'
import type { NetworkOptions } from '../network/architectures/index.ts'
import { settingProblem } from './recipeIssues.ts'
import { recipeSchema } from './recipeSchema.ts'
import { mergeSettings } from './settings.ts'

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

/**
 * A whole recipe: every setting has a value. Stored with the run; it alone repeats the run on the same images, unless
 * memory ran out after the first update (see outOfMemory.ts).
 */
export type Recipe = DeepReadonly<z.output<typeof recipeSchema>>
/** What people write: any part of a recipe, with the short forms (`scale: "256-512"`, `schedule: "step"`). */
export type RecipeInput = z.input<typeof recipeSchema>
export type Schedule = Recipe['optimization']['schedule']

const recipeVersion = 1

/**
 * Checks a recipe and fills in what it leaves out.
 * @throws StudioError `invalid-recipe` naming each wrong setting by its path, or `newer-version`
 */
export function parseRecipe(value: unknown): Recipe {
  refuseNewer(value)
  const result = recipeSchema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => settingProblem(issue, value))
  throw new StudioError('invalid-recipe', { what: 'settings', problems })
}

/** A recipe as it was stored, with the settings that its version did not have yet; as it is where it can't be understood. */
export function storedRecipe(value: unknown): object {
  const result = recipeSchema.safeParse(value)
  return result.success ? result.data : (value as object)
}

export const defaultRecipe: Recipe = parseRecipe({})

/**
 * `applySettings(recipe, ['optimization.epochs=3', 'data.scale=256-512'])`: a recipe, or a part of one, with single
 * settings replaced. Values are JSON where they parse as such, else text. Choosing another schedule drops the old
 * one's settings; a scale that is its crop's default follows the crop.
 * @throws StudioError `invalid-setting` for what is not `key=value`, and those of parseRecipe
 */
export function applySettings(recipe: Recipe | RecipeInput, settings: readonly string[]): Recipe {
  return parseRecipe(mergeSettings(recipe, settings))
}

/** The same with another micro-batch, 1 … optimization.batchSize. */
export function withMicroBatch(recipe: Recipe, microBatch: number): Recipe {
  return { ...recipe, optimization: { ...recipe.optimization, microBatch } }
}

/** What determines the network of a recipe for a number of classes. */
export function networkOptions(recipe: Recipe, classes: number): NetworkOptions {
  return { ...recipe.network, crop: recipe.data.crop, classes }
}

function refuseNewer(value: unknown): void {
  const version = (value as { version?: unknown } | null)?.version
  if (typeof version !== 'number' || !(version > recipeVersion)) return
  throw new StudioError('newer-version', { what: 'recipe', version, known: recipeVersion })
}
