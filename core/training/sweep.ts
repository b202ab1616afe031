import { StudioError } from '../base/errors.ts'
import { parseRecipe } from './recipe.ts'
import { mergeSettings } from './settings.ts'

/** A setting that a sweep varies, and its values as `--set` takes them. */
export interface Varied {
  /** `optimization.learningRate` */
  readonly setting: string
  readonly values: readonly string[]
}

/**
 * Every combination of the values, the last setting changing fastest, over one recipe. What that one leaves out stays
 * out: weights that it starts from say how images are prepared.
 * @param most runs
 * @throws StudioError `too-many-runs`, `invalid-setting`, `invalid-recipe`
 */
export function sweepRecipes(recipe: object, varied: readonly Varied[], most: number): readonly object[] {
  const count = varied.reduce((product, { values }) => product * values.length, 1)
  if (count > most) throw new StudioError('too-many-runs', { count, most })
  const combinations = varied.reduce<readonly (readonly string[])[]>(
    (all, { setting, values }) =>
      all.flatMap((one) => values.map((value) => [...one, `${setting}=${value}`])),
    [[]],
  )
  const recipes = combinations.map((settings) => mergeSettings(recipe, settings))
  recipes.forEach(parseRecipe)
  return recipes
}
