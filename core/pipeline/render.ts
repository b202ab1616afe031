import { readFileSync, statSync } from 'node:fs'
import { decode, decodeBytes } from '../image/decode.ts'
import { centerPlacement, isotropic, randomPlacement, resizedSize } from '../image/geometry.ts'
import { loadCrop } from '../image/load.ts'
import { resize } from '../image/resize.ts'
import { imageLimits, type ResizeMode, type RgbImage, type Size } from '../image/types.ts'
import { entryPath, readEntry, writeEntry } from './cache.ts'
import type { SharedCache } from './cache-folder.ts'
import type { CropKernel } from './crop-kernel.ts'
import { drawAugmentation } from './draws.ts'
import type { Work } from './messages.ts'
import { affine, normalize } from './normalize.ts'
import type { Normalization, View } from './types.ts'

/** What a decode thread makes its images with. */
export interface Studio {
  readonly normalization: Normalization
  readonly cache: SharedCache | null
  readonly kernel: CropKernel
}

export interface Source {
  readonly path: string
  /** Of the file's content; '' where unknown. */
  readonly hash: string
}

/**
 * Writes the augmented crop of an image for its place in an epoch. The image is first brought into the form that the
 * cache keeps, then cropped from that, whether or not there is a cache: so the pixels never depend on it.
 */
export async function trainingCrop(
  studio: Studio,
  source: Source,
  { augmentation, seed, epoch }: Extract<Work, { kind: 'training' }>,
  place: number,
  planes: Float32Array,
): Promise<void> {
  const { mode, crop, scale } = augmentation
  const { normalization, kernel } = studio
  const draw = drawAugmentation(augmentation, seed, epoch, place)
  const image = await kept(studio, source, `training ${mode} ${scale.max}`, async () =>
    reduced(await decodeFile(source.path), mode, scale.max),
  )
  const placement = randomPlacement(image, { mode, crop, scale: draw.scale }, draw)
  kernel.crop(image, placement, affine(normalization, draw.shift), normalization.mean, planes)
}

/** Writes the center crop of an image as evaluation, prediction and export define it. */
export async function centerCrop(
  studio: Studio,
  source: Source,
  view: Extract<View, { kind: 'center' }>,
  planes: Float32Array,
): Promise<void> {
  const { mode, crop, scale } = view
  const fill = studio.normalization.mean
  const form = `center ${mode} ${scale} ${crop} ${fill.map(Math.round).join(' ')}`
  const image = await kept(studio, source, form, async () => {
    const options = { exact: true, fill }
    const data = await loadCrop(source.path, (size) => centerPlacement(size, view), options)
    return { width: crop, height: crop, data }
  })
  normalize(image.data, planes, studio.normalization)
}

/** From the cache into the kernel's memory, or made and kept. To be used before anything else is awaited. */
async function kept(
  { cache, kernel }: Studio,
  { path, hash }: Source,
  form: string,
  make: () => Promise<RgbImage>,
): Promise<RgbImage> {
  const entry = cache && entryPath(cache, path, hash, form)
  if (!entry) return make()
  const found = readEntry(cache, entry, kernel.memory)
  if (found) return found
  const image = await make()
  writeEntry(cache, entry, image)
  return image
}

/** Reads at once, which saves a decode thread a tenth of its time; what fails is tried anew to say why. */
async function decodeFile(path: string): Promise<RgbImage> {
  const bytes = quickRead(path)
  return bytes ? decodeBytes(bytes) : decode(path)
}

function quickRead(path: string): Buffer | null {
  try {
    const facts = statSync(path)
    return facts.isFile() && facts.size <= imageLimits.bytes ? readFileSync(path) : null
  } catch {
    return null
  }
}

/** Scaled down to what the largest training scale needs; smaller images stay as they are. */
function reduced(image: RgbImage, mode: ResizeMode, largest: number): RgbImage {
  const { width, height } = reducedSize(image, mode, largest)
  return resize(image, width, height)
}

export function reducedSize(size: Size, mode: ResizeMode, largest: number): Size {
  const { width, height } = size
  if (mode === 'squash') return { width: Math.min(width, largest), height: Math.min(height, largest) }
  if (mode === 'pad') return Math.max(width, height) <= largest ? size : resizedSize(size, mode, largest)
  return Math.min(width, height) <= largest ? size : isotropic(size, largest)
}
