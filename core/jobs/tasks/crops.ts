import { encodePicture } from '../../image/encode.ts'
import type { Placement } from '../../image/geometry.ts'
import type { Rgb, RgbImage } from '../../image/types.ts'
import { openCropKernel, type CropKernel } from '../../pipeline/cropKernel.ts'
import { trainingCrop } from '../../pipeline/crops.ts'
import type { Augmentation } from '../../pipeline/types.ts'

/** Which crops of which images: those that training makes for these places of an epoch. */
export interface CropsInput {
  readonly images: readonly { readonly path: string; readonly place: number }[]
  readonly augmentation: Augmentation
  /** Color of what lies outside of an image, levels: the training mean. */
  readonly fill: Rgb
  readonly seed: number
  /** From 0, as the pipeline counts. */
  readonly epoch: number
}

export interface AugmentedCrop {
  /** WebP, crop × crop. */
  readonly picture: Uint8Array
  /** Length of the shorter side, pixels. */
  readonly scale: number
  readonly mirror: boolean
  /** Placement on the original image, 0–1 of its sides; may reach outside. */
  readonly window: {
    readonly left: number
    readonly top: number
    readonly width: number
    readonly height: number
  }
}

/** What training sees of images, as pictures for people. An image that can't be read is null. */
export function augmentedCrops(input: CropsInput): Promise<readonly (AugmentedCrop | null)[]> {
  const kernel = openCropKernel()
  return Promise.all(
    input.images.map(({ path, place }) => augmentedCrop(kernel, input, path, place).catch(() => null)),
  )
}

async function augmentedCrop(
  kernel: CropKernel,
  { augmentation, fill, seed, epoch }: CropsInput,
  path: string,
  place: number,
): Promise<AugmentedCrop> {
  const { crop } = augmentation
  const planes = new Float32Array(3 * crop * crop)
  const studio = { normalization: { mean: fill, std: [1, 1, 1] as Rgb }, cache: null, kernel }
  const work = { augmentation, seed, epoch }
  const { draw, placement } = await trainingCrop(studio, { path, hash: '' }, work, place, planes)
  return {
    picture: await encodePicture({ width: crop, height: crop, data: levelsOf(planes, fill) }),
    scale: draw.scale,
    mirror: draw.mirror,
    window: windowOf(placement),
  }
}

/** @param planes level − fill, R, G and B one after the other. @returns RGB by pixel */
function levelsOf(planes: Float32Array, fill: Rgb): RgbImage['data'] {
  const pixels = planes.length / 3
  return Uint8Array.from(planes, (_, at) => {
    const channel = at % 3
    const level = planes[channel * pixels + (at - channel) / 3]! + fill[channel]!
    return Math.max(0, Math.min(255, Math.round(level)))
  })
}

function windowOf({ resized, left, top, crop }: Placement): AugmentedCrop['window'] {
  const { width, height } = resized
  return { left: left / width, top: top / height, width: crop / width, height: crop / height }
}
