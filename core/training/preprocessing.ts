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

/** The part of a recipe's `data` that says how training's crops are made. */
export interface AugmentationSettings extends Required<Omit<Augmentation, 'colorShift'>> {
  /** Strength of the color shift; 0: none. */
  readonly colorShift: number
}

/** The augmentation of training crops, from a recipe's `data`. */
export function augmentationOf(data: AugmentationSettings, { pca }: Statistics): Augmentation {
  const { crop, scale, mode, crops, cropArea, flip, colorShift } = data
  const { rotation, brightness, contrast, saturation, blur, erasing, mixup } = data
  return {
    ...{ crop, scale, mode, crops, cropArea, flip },
    colorShift: colorShift === 0 ? null : { strength: colorShift, values: pca.values, vectors: pca.vectors },
    ...{ rotation, brightness, contrast, saturation, blur, erasing, mixup },
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
