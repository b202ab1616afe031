import { cropImage } from '../image/crop.ts'
import { decode } from '../image/decode.ts'
import { encodePicture } from '../image/encode.ts'
import { randomPlacement, type Placement } from '../image/geometry.ts'
import { resize } from '../image/resize.ts'
import type { Rgb, RgbImage } from '../image/types.ts'
import { drawAugmentation } from '../pipeline/draws.ts'
import { trainingSize } from '../pipeline/render.ts'
import type { Augmentation } from '../pipeline/types.ts'

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
  /** Of the shorter side, pixels. */
  readonly scale: number
  readonly mirror: boolean
  /** On the original image, 0–1 of its sides; may reach outside. */
  readonly window: {
    readonly left: number
    readonly top: number
    readonly width: number
    readonly height: number
  }
}

/** What training sees of images, as pictures for people. An image that can't be read is null. */
export function augmentedCrops(input: CropsInput): Promise<readonly (AugmentedCrop | null)[]> {
  return Promise.all(
    input.images.map(({ path, place }) => augmentedCrop(input, path, place).catch(() => null)),
  )
}

async function augmentedCrop(
  { augmentation, fill, seed, epoch }: CropsInput,
  path: string,
  place: number,
): Promise<AugmentedCrop> {
  const { mode, crop, scale } = augmentation
  const original = await decode(path)
  const { width, height } = trainingSize(original, mode, scale.max)
  const image = resize(original, width, height)
  const draw = drawAugmentation(augmentation, seed, epoch, place)
  const placement = randomPlacement(image, { mode, crop, scale: draw.scale }, draw)
  const data = shifted(cropImage(image, placement, fill), draw.shift)
  return {
    picture: await encodePicture({ width: crop, height: crop, data }),
    scale: draw.scale,
    mirror: draw.mirror,
    window: windowOf(placement),
  }
}

function shifted(levels: Uint8Array, shift: Rgb): RgbImage['data'] {
  if (shift.every((value) => value === 0)) return levels
  return levels.map((level, index) => Math.max(0, Math.min(255, Math.round(level + shift[index % 3]!))))
}

function windowOf({ resized, left, top, crop }: Placement): AugmentedCrop['window'] {
  const { width, height } = resized
  return { left: left / width, top: top / height, width: crop / width, height: crop / height }
}
