import { readFileSync, statSync } from 'node:fs'
import { decode } from '../image/decode.ts'
import {
  centerPlacement,
  isotropic,
  randomPlacement,
  resizedSize,
  type Placement,
} from '../image/geometry.ts'
import { loadCrop } from '../image/load.ts'
import { decodeReduced } from '../image/reduce.ts'
import { regionOf, regionPlacement, widened } from '../image/region.ts'
import {
  fillOf,
  imageLimits,
  isPadded,
  type ResizeMode,
  type Rgb,
  type RgbImage,
  type Size,
} from '../image/types.ts'
import { entryPath, readEntry, writeEntry } from './cache.ts'
import type { SharedCache } from './cacheFolder.ts'
import type { Affine, CropKernel } from './cropKernel.ts'
import { drawAugmentation, type AugmentationDraw } from './augmentation.ts'
import { blur, changeColors, erase, rotate, rotationMargin } from './distort.ts'
import type { DistortionDraw } from './distortionDraws.ts'
import type { LoadTask } from './messages.ts'
import { affine, normalize, normalizePlanes } from './normalize.ts'
import type { Augmentation, Normalization, View } from './types.ts'

/** What a decode thread makes its images with. */
export interface CropContext {
  readonly normalization: Normalization
  readonly cache: SharedCache | null
  readonly kernel: CropKernel
}

export interface ImageSource {
  readonly path: string
  /** Hash of the file's content; '' where unknown. */
  readonly hash: string
}

/** What was drawn for a crop, and where it lies. */
export interface DrawnCrop {
  readonly draw: AugmentationDraw
  readonly placement: Placement
  /** Size of the image that it was taken from. */
  readonly image: Size
}

/**
 * Writes the augmented crop of an image for its place in an epoch. The image is first brought into the form that the
 * cache keeps, then cropped from that, whether or not there is a cache: so the pixels never depend on it.
 */
export async function trainingCrop(
  context: CropContext,
  source: ImageSource,
  { augmentation, seed, epoch }: Omit<Extract<LoadTask, { kind: 'training' }>, 'kind'>,
  place: number,
  planes: Float32Array,
): Promise<DrawnCrop> {
  const { crop } = augmentation
  const { normalization, kernel } = context
  const draw = drawAugmentation(augmentation, seed, epoch, place)
  const { mode, largest } = keptForm(augmentation)
  const size = (original: Size): Size => trainingSize(original, mode, largest)
  const entry = entryOf(context, source, `training ${mode} ${largest}`)
  const image =
    read(context, entry) ?? (await make(context, entry, () => loadReduced(context, source.path, size)))
  const placement = draw.regions
    ? regionPlacement(regionOf(image, draw.regions, draw), crop, draw.mirror)
    : randomPlacement(image, { mode: augmentation.mode, crop, scale: draw.scale }, draw)
  const color = affine(normalization, draw.shift)
  const fill = fillOf(augmentation.mode, normalization.mean)
  const { distortion } = draw
  if (distortion && changesLevels(distortion)) {
    normalizePlanes(distorted(kernel, image, placement, distortion, fill), planes, color)
  } else kernel.crop(image, placement, color, fill, planes)
  if (distortion?.erased) erase(planes, crop, distortion.erased, 0)
  return { draw, placement, image: { width: image.width, height: image.height } }
}

/** How large the image is that crops are taken from. Resized crops do without enlarging but for their aspect. */
function keptForm({ crop, crops, cropArea = 1, mode, scale }: Augmentation): {
  readonly mode: ResizeMode
  readonly largest: number
} {
  return crops === 'resized'
    ? { mode: 'crop', largest: Math.ceil(crop / Math.sqrt(cropArea)) }
    : { mode, largest: scale.max }
}

const changesLevels = ({ rotation, colors, blur: deviation }: DistortionDraw): boolean =>
  rotation !== 0 || colors.length > 0 || deviation > 0

/** A crop's levels as planes, with all that is done before colors are normalized. */
function distorted(
  kernel: CropKernel,
  image: RgbImage,
  placement: Placement,
  { rotation, colors, blur: deviation }: DistortionDraw,
  fill: Rgb,
): Float32Array {
  const { crop } = placement
  const levels = new Float32Array(3 * crop * crop)
  if (rotation === 0) kernel.crop(image, placement, plain, fill, levels)
  else {
    const wide = widened(image, placement, rotationMargin(crop, rotation))
    const around = new Float32Array(3 * wide.crop ** 2)
    kernel.crop(image, wide, plain, fill, around)
    rotate(around, levels, crop, rotation)
  }
  changeColors(levels, colors)
  if (deviation > 0) blur(levels, crop, deviation)
  return levels
}

/** Levels as they are. */
const plain: Affine = { factor: [1, 1, 1], offset: [0, 0, 0] }

/** Writes the center crop of an image as evaluation, prediction and export define it. */
export async function centerCrop(
  context: CropContext,
  source: ImageSource,
  view: View,
  planes: Float32Array,
): Promise<void> {
  const { mode, crop, scale } = view
  const fill = fillOf(mode, context.normalization.mean)
  const framing = (size: Size): Placement => centerPlacement(size, view)
  const load = async (): Promise<RgbImage> => {
    const data = await loadCrop(source.path, framing, { exact: true, fill })
    return { width: crop, height: crop, data }
  }
  const entry = entryOf(context, source, `center ${mode} ${scale} ${crop} ${fill.map(Math.round).join(' ')}`)
  const image = read(context, entry) ?? (await make(context, entry, load))
  normalize(image.data, planes, context.normalization)
}

function entryOf({ cache }: CropContext, { path, hash }: ImageSource, form: string): string | null {
  return cache && entryPath(cache, path, hash, form)
}

/** Reads from the cache into the kernel's memory: to be used before anything is awaited, since other plans use it too. */
function read({ cache, kernel }: CropContext, entry: string | null): RgbImage | null {
  return cache && entry ? readEntry(cache, entry, kernel.memory) : null
}

async function make(
  { cache }: CropContext,
  entry: string | null,
  load: () => Promise<RgbImage>,
): Promise<RgbImage> {
  const image = await load()
  if (cache && entry) writeEntry(cache, entry, image)
  return image
}

/**
 * The size in which training keeps an image: scaled down to what the largest scale needs, if it is larger.
 * Crops at smaller scales are then resized twice, which blurs them a little; that is training's alone.
 */
function trainingSize(original: Size, mode: ResizeMode, largest: number): Size {
  const { width, height } = original
  if (mode === 'squash') return { width: Math.min(width, largest), height: Math.min(height, largest) }
  const measured = isPadded(mode) ? Math.max(width, height) : Math.min(width, height)
  if (measured <= largest) return { width, height }
  return isPadded(mode) ? resizedSize(original, mode, largest) : isotropic(original, largest)
}

/** A file at most as large as `sizeOf` says of its size. */
async function loadReduced(
  { kernel }: CropContext,
  path: string,
  sizeOf: (original: Size) => Size,
): Promise<RgbImage> {
  // Reading at once saves a decode thread a tenth of its time; what fails is read again to say why.
  const bytes = quickRead(path)
  const image = await (bytes ? decodeReduced(bytes, sizeOf) : decode(path))
  const size = sizeOf(image)
  return size.width === image.width && size.height === image.height ? image : kernel.resize(image, size)
}

function quickRead(path: string): Buffer | null {
  try {
    const facts = statSync(path)
    return facts.isFile() && facts.size <= imageLimits.bytes ? readFileSync(path) : null
  } catch {
    return null
  }
}
