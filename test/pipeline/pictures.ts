import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { random } from '../../core/base/random.ts'
import type { Augmentation, Item, LoadedBatch, Loader, Normalization } from '../../core/pipeline/types.ts'

export interface Folder {
  readonly path: string
  put(name: string, bytes: Uint8Array | string): Promise<string>
  discard(): Promise<void>
}

export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'vgg-pipeline-'))
  return {
    path,
    async put(name, bytes) {
      await writeFile(join(path, name), bytes)
      return join(path, name)
    },
    discard: () => rm(path, { recursive: true, force: true }),
  }
}

/** A PNG whose pixels tell where they are: red is the column, green the row, blue `blue`. At most 256 × 256. */
export function gradient(width: number, height: number, blue = 90): Promise<Buffer> {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set([x, y, blue], (y * width + x) * 3)
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}

/** A JPEG of soft blobs; large ones are quick to make too. */
export function blobs(width: number, height: number, seed: number): Promise<Buffer> {
  const source = random(seed)
  const colors = Uint8Array.from({ length: 7 * 5 * 3 }, () => source.integer(256))
  return sharp(colors, { raw: { width: 7, height: 5, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .jpeg()
    .toBuffer()
}

/** Fifteen pictures, gradients and blobs in turns, and two files that are none, at places 4 and 11. */
export async function mixedItems(folder: Folder): Promise<Item[]> {
  const paths: string[] = []
  for (let index = 0; index < 17; index++) {
    const [width, height] = [60 + ((index * 37) % 90), 60 + ((index * 53) % 70)]
    if (index === 4) paths.push(await folder.put(`${index}.jpg`, 'This is no picture.'))
    else if (index === 11) paths.push(join(folder.path, 'gone.png'))
    else if (index % 2) paths.push(await folder.put(`${index}.png`, await gradient(width, height)))
    else paths.push(await folder.put(`${index}.jpg`, await blobs(width, height, index)))
  }
  return paths.map((path, index) => ({ path, label: index % 3 }))
}

export const normalization: Normalization = { mean: [121.5, 110.25, 100.7], std: [60, 1, 0.5] }

export const augmentation: Augmentation = {
  crop: 40,
  scale: { min: 44, max: 75 },
  mode: 'crop',
  flip: true,
  colorShift: {
    strength: 0.1,
    values: [6000, 700, 90],
    vectors: [
      [0.6, 0.64, 0.48],
      [0.8, -0.48, -0.36],
      [0, 0.6, -0.8],
    ],
  },
}

export const inOrder = (count: number): Uint32Array =>
  Uint32Array.from({ length: count }, (_, index) => index)

/** One epoch's micro-batches, copied. */
export async function epochOf(
  loader: Loader,
  plan: Partial<Parameters<Loader['training']>[0]> & { readonly order: Uint32Array },
): Promise<LoadedBatch[]> {
  return collect(loader.training({ from: 0, microBatch: 4, augmentation, seed: 3, epoch: 1, ...plan }))
}

export async function collect(batches: AsyncIterable<LoadedBatch>): Promise<LoadedBatch[]> {
  const copies: LoadedBatch[] = []
  for await (const batch of batches) copies.push(copyOf(batch))
  return copies
}

/** `waited` left out: all else must not depend on time. */
export function copyOf(batch: LoadedBatch): LoadedBatch {
  return { ...batch, waited: 0, images: { ...batch.images, data: batch.images.data.slice() } }
}

/** The pixels of all batches, one image after the other. */
export function imagesOf(batches: readonly LoadedBatch[]): Float32Array[] {
  return batches.flatMap(({ images: { shape, data } }) => {
    const size = data.length / shape[0]!
    return Array.from({ length: shape[0]! }, (_, index) => data.slice(index * size, (index + 1) * size))
  })
}
