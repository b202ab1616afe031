import { resolve } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { random } from '../../base/random.ts'
import type { ImageFilter, PlacedImage } from '../../registry/pages.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Dataset, Id } from '../../registry/types.ts'
import { augmentationOf } from '../../training/preprocessing.ts'
import type { JitteredCrop } from '../api/types.ts'
import type { Helper } from '../helper/helper.ts'
import type { JitterQuery } from './types.ts'

interface Tools {
  readonly registry: Registry
  readonly helper: Helper
}

/** Names this module's random stream: 'view'. */
const PREVIEW = 0x76696577

/** Crops as training would make them of images of this data set, spread over its training images. */
export async function jitteredCrops(
  { registry, helper }: Tools,
  dataset: Dataset,
  query: JitterQuery,
): Promise<readonly JitteredCrop[]> {
  const { crop, scale, count, seed, class: label } = query
  if (scale.min < crop || scale.max < scale.min) {
    throw new StudioError('invalid-request', { what: 'jitter-scale', min: scale.min, max: scale.max, crop })
  }
  const statistics = registry.datasets.statistics(dataset.id)
  const augmentation = augmentationOf(query, statistics)
  const images = spread(registry, dataset.id, { split: 'train', label }, count, seed)
  const crops = await helper.run('crops', {
    images: images.map(({ path, label }, place) => ({ path: resolve(dataset.root, path), place, label })),
    augmentation,
    fill: statistics.mean,
    seed,
    epoch: 0,
  })
  return crops.flatMap((made, index) => {
    const { position, label } = images[index]!
    return made ? [{ position, label, ...made, picture: dataUrl(made.picture) }] : []
  })
}

/** Images of a data set, one from each part of the list, so that all classes have their turn. */
export function spread(
  { pages }: Registry,
  dataset: Id,
  filter: Pick<ImageFilter, 'split' | 'label'>,
  count: number,
  seed: number,
): readonly PlacedImage[] {
  const source = random(seed, PREVIEW)
  const { total } = pages.images(dataset, filter, { offset: 0, limit: 0 })
  return Array.from({ length: Math.min(count, total) }, (_, index) => {
    const [from, to] = [Math.floor((index * total) / count), Math.floor(((index + 1) * total) / count)]
    const offset = total <= count ? index : from + source.integer(Math.max(1, to - from))
    return pages.images(dataset, filter, { offset, limit: 1 }).entries[0]!
  })
}

export function dataUrl(picture: Uint8Array): string {
  return `data:image/webp;base64,${Buffer.from(picture).toString('base64')}`
}
