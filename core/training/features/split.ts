import { elementCount } from '../../base/tensor.ts'
import { splitHead, type Split } from '../../network/split.ts'
import type { Network } from '../../network/types.ts'
import { frozenLayers } from '../layers.ts'
import { activeDistortions } from '../augmentationSchema.ts'
import type { Recipe } from '../recipe.ts'
import { allButHead } from '../recipeSchema.ts'
import type { Mirroring } from './compute.ts'

/** Bytes of features in memory, at most; beyond, images go through the network each time. */
const largest = 2 ** 30

/** Ways in which training sees an image. */
export const choicesOf = ({ data }: Recipe): readonly Mirroring[] =>
  data.flip ? ['plain', 'mirrored'] : ['plain']

/**
 * Where a network is cut to train its head on features that are computed once.
 * @returns null where something else learns too, where images are seen in more ways than two, or features are too many
 */
export function featureSplit(
  network: Network,
  recipe: Recipe,
  frozen: readonly string[],
  images: number,
): Split | null {
  const { crops, scale, colorShift } = recipe.data
  if (crops !== 'center' || scale.min !== scale.max || colorShift !== 0) return null
  if (activeDistortions(recipe.data).length > 0) return null
  const split = splitHead(network, new Set(frozen))
  const bytes = split ? 4 * elementCount(split.head.input) * images * choicesOf(recipe).length : 0
  return bytes <= largest ? split : null
}

/**
 * Where a network is cut by a run whose head is trained on features from the first epoch to the last; null where it is not.
 * @param images of training and validation
 */
export function wholeFeatureSplit(network: Network, recipe: Recipe, images: number): Split | null {
  const { unfreeze, frozen: names } = recipe.optimization
  // Other names may be of layers that this network does not have.
  if (unfreeze !== null || names.join() !== allButHead) return null
  return featureSplit(network, recipe, frozenLayers(network, recipe.optimization), images)
}

/**
 * Forward passes through the whole network that a run takes in all, where its head is trained on features from the first
 * epoch to the last; null where it is not.
 */
export function featurePasses(
  network: Network,
  recipe: Recipe,
  { train, validation }: { readonly train: number; readonly validation: number },
): number | null {
  if (!wholeFeatureSplit(network, recipe, train + validation)) return null
  return choicesOf(recipe).length * train + validation
}
