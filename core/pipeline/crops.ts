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
import { imageLimits, type ResizeMode, type RgbImage, type Size } from '../image/types.ts'
import { entryPath, readEntry, writeEntry } from './cache.ts'
import type { SharedCache } from './cacheFolder.ts'
import type { CropKernel } from './cropKernel.ts'
import { drawAugmentation, type AugmentationDraw } from './augmentation.ts'
import type { LoadTask } from './messages.ts'
import { affine, normalize } from './normalize.ts'
import type { Normalization, View } from './types.ts'

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
  const { mode, crop, scale } = augmentation
  const { normalization, kernel } = context
  const draw = drawAugmentation(augmentation, seed, epoch, place)
  const size = (original: Size): Size => trainingSize(original, mode, scale.max)
  const entry = entryOf(context, source, `training ${mode} ${scale.max}`)
  const image =
    read(context, entry) ?? (await make(context, entry, () => loadReduced(context, source.path, size)))
  const placement = randomPlacement(image, { mode, crop, scale: draw.scale }, draw)
  kernel.crop(image, placement, affine(normalization, draw.shift), normalization.mean, planes)
  return { draw, placement }
}

/** Writes the center crop of an image as evaluation, prediction and export define it. */
export async function centerCrop(
  context: CropContext,
  source: ImageSource,
  view: View,
  planes: Float32Array,
): Promise<void> {
  const { mode, crop, scale } = view
  const fill = context.normalization.mean
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
  const measured = mode === 'pad' ? Math.max(width, height) : Math.min(width, height)
  if (measured <= largest) return { width, height }
  return mode === 'pad' ? resizedSize(original, mode, largest) : isotropic(original, largest)
}

/** A file at most as large as `sizeOf` says of its size. */
async function loadReduced(
  { kernel }: CropContext,
  path: string,
  sizeOf: (original: Size) => Size,
): Promise<RgbImage> {
  // Reading at once saves a decode thread a tenth of its time; what fails is read anew to say why.
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
