import type { Statistics } from '../dataset/types.ts'
import type { Rgb } from '../image/types.ts'
import { testScale } from '../pipeline/testScale.ts'
import type { Augmentation, Normalization, View } from '../pipeline/types.ts'
import type { Recipe } from './recipe.ts'

/**
 * The paper subtracts the mean only; standardizing also divides by the standard deviation, per channel. Weights that
 * others have trained bring their own.
 */
export function normalizationOf({ data }: Recipe, { mean, std }: Statistics): Normalization {
  if (typeof data.normalization === 'object') return data.normalization
  // A channel that is the same everywhere has nothing to be scaled.
  const divisor = (value: number): number => (value > 0 ? value : 1)
  const standardized: Rgb = [divisor(std[0]), divisor(std[1]), divisor(std[2])]
  return { mean, std: data.normalization === 'standardize' ? standardized : [1, 1, 1] }
}

/** The augmentation of training crops, from a recipe's `data`. */
export function augmentationOf(
  {
    crop,
    scale,
    mode,
    crops = 'random',
    flip,
    colorShift,
  }: Omit<Augmentation, 'colorShift'> & { readonly colorShift: number },
  { pca }: Statistics,
): Augmentation {
  return {
    crop,
    scale,
    mode,
    crops,
    flip,
    colorShift: colorShift === 0 ? null : { strength: colorShift, values: pca.values, vectors: pca.vectors },
  }
}

/** The view that validation uses. */
export function validationView(recipe: Recipe): View {
  return {
    kind: 'center',
    scale: testScale(recipe.data.scale),
    crop: recipe.data.crop,
    mode: recipe.data.mode,
  }
}
