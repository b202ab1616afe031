import { encodePicture } from '../../image/encode.ts'
import type { Placement } from '../../image/geometry.ts'
import type { Rgb, RgbImage, Size } from '../../image/types.ts'
import { openCropKernel, type CropKernel } from '../../pipeline/cropKernel.ts'
import { trainingCrop } from '../../pipeline/crops.ts'
import { blend, drawShare } from '../../pipeline/mixup.ts'
import type { Augmentation } from '../../pipeline/types.ts'

/** Which crops of which images: those that training makes for these places of an epoch. */
export interface CropsInput {
  readonly images: readonly { readonly path: string; readonly place: number; readonly label: number }[]
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
  /** Length of the shorter side, pixels; null for a resized crop, which has none. */
  readonly scale: number | null
  readonly mirror: boolean
  /** How far the window is turned clockwise on the original image, degrees: the crop stands upright again. */
  readonly turned: number
  /** Class of the image that it is mixed with, and that one's share; null: it is not mixed. */
  readonly mixed: { readonly label: number; readonly share: number } | null
  /** Placement on the original image, 0–1 of its sides; may reach outside. */
  readonly window: {
    readonly left: number
    readonly top: number
    readonly width: number
    readonly height: number
  }
}

/** What training sees of images, as pictures for people. An image that can't be read is null. */
export async function augmentedCrops(input: CropsInput): Promise<readonly (AugmentedCrop | null)[]> {
  const kernel = openCropKernel()
  const drawn = await Promise.all(
    input.images.map(({ path, place }) => augmentedCrop(kernel, input, path, place).catch(() => null)),
  )
  const mixed = input.augmentation.mixup ? mixCrops(drawn, input, input.augmentation.mixup) : drawn
  return Promise.all(mixed.map((one) => one && shownCrop(one, input)))
}

type DrawnPicture = Omit<AugmentedCrop, 'picture'> & { readonly planes: Float32Array }

/** Each with the image at the place before its own, where that is among them. */
function mixCrops(
  drawn: readonly (DrawnPicture | null)[],
  { images, seed, epoch }: CropsInput,
  alpha: number,
): readonly (DrawnPicture | null)[] {
  const indexOf = new Map(images.map(({ place }, index) => [place, index]))
  return drawn.map((one, index) => {
    const { place } = images[index]!
    const before = indexOf.get(place - 1)
    const other = before === undefined ? null : drawn[before]!
    if (one === null || other === null) return one
    const share = drawShare(alpha, seed, epoch, place)
    const planes = one.planes.slice()
    blend(planes, other.planes, share)
    return { ...one, planes, mixed: { label: images[before!]!.label, share: 1 - share } }
  })
}

async function shownCrop(
  { planes, ...shown }: DrawnPicture,
  { augmentation: { crop }, fill }: CropsInput,
): Promise<AugmentedCrop> {
  return {
    ...shown,
    picture: await encodePicture({ width: crop, height: crop, data: levelsOf(planes, fill) }),
  }
}

async function augmentedCrop(
  kernel: CropKernel,
  { augmentation, fill, seed, epoch }: CropsInput,
  path: string,
  place: number,
): Promise<DrawnPicture> {
  const { crop } = augmentation
  const planes = new Float32Array(3 * crop * crop)
  const studio = { normalization: { mean: fill, std: [1, 1, 1] as Rgb }, cache: null, kernel }
  const work = { augmentation, seed, epoch }
  const { draw, placement, image } = await trainingCrop(studio, { path, hash: '' }, work, place, planes)
  return {
    planes,
    mixed: null,
    scale: draw.regions ? null : draw.scale,
    mirror: draw.mirror,
    turned: (draw.mirror ? -1 : 1) * (draw.distortion?.rotation ?? 0),
    window: windowOf(placement, image),
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

function windowOf({ part, resized, left, top, crop }: Placement, image: Size): AugmentedCrop['window'] {
  if (part) {
    const { width, height } = part
    return {
      ...{ left: part.left / image.width, top: part.top / image.height },
      ...{ width: width / image.width, height: height / image.height },
    }
  }
  const { width, height } = resized
  return { left: left / width, top: top / height, width: crop / width, height: crop / height }
}
