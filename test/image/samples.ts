import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'

/** Corners of the sample picture, from the top left: red, green, blue, yellow. */
export const corners = [
  [200, 30, 30],
  [30, 180, 40],
  [40, 50, 210],
  [230, 220, 60],
] as const

export const width = 48
export const height = 32

/** The picture: four plain quarters, so that a turn, a mirror and a channel order all show. */
export function quarters(): Buffer {
  const data = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const corner = (y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)
      data.set(corners[corner]!, (y * width + x) * 3)
    }
  return data
}

export const picture = (): Sharp => sharp(quarters(), { raw: { width, height, channels: 3 } })

/** Photo-like texture that does not compress to nothing: a random walk per channel along rows. */
export function texture(columns: number, rows: number, seed = 1): Sharp {
  const data = Buffer.alloc(columns * rows * 3)
  let state = seed
  const level = [120, 110, 100]
  for (let index = 0; index < data.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    const channel = index % 3
    level[channel] = Math.min(250, Math.max(5, level[channel]! + (state >> 28)))
    data[index] = level[channel]!
  }
  return sharp(data, { raw: { width: columns, height: rows, channels: 3 } })
}

/** Where a pixel of the stored rows lies in the picture as seen, by EXIF orientation (TIFF 6.0, tag 274). */
const seenAt: readonly ((x: number, y: number) => readonly [number, number])[] = [
  (x, y) => [x, y],
  (x, y) => [width - 1 - x, y],
  (x, y) => [width - 1 - x, height - 1 - y],
  (x, y) => [x, height - 1 - y],
  (x, y) => [y, x],
  (x, y) => [width - 1 - y, x],
  (x, y) => [width - 1 - y, height - 1 - x],
  (x, y) => [y, height - 1 - x],
]

/** The picture as a camera held otherwise stores it: tagged with orientation 1 … 8. */
export async function turned(orientation: number): Promise<Buffer> {
  const seen = quarters()
  const [columns, rows] = orientation > 4 ? [height, width] : [width, height]
  const stored = Buffer.alloc(seen.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [x, y] = seenAt[orientation - 1]!(column, row)
      seen.copy(stored, (row * columns + column) * 3, (y * width + x) * 3, (y * width + x) * 3 + 3)
    }
  return sharp(stored, { raw: { width: columns, height: rows, channels: 3 } })
    .withMetadata({ orientation })
    .jpeg({ quality: 98, chromaSubsampling: '4:4:4' })
    .toBuffer()
}

export const svg = Buffer.from(
  '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
)

export function bmp(): Buffer {
  const file = Buffer.alloc(54 + 12)
  file.write('BM', 'latin1')
  file.writeUInt32LE(file.length, 2)
  file.writeUInt32LE(54, 10)
  file.writeUInt32LE(40, 14)
  file.writeInt32LE(2, 18)
  file.writeInt32LE(2, 22)
  file.writeUInt16LE(1, 26)
  file.writeUInt16LE(24, 28)
  return file
}

/** The first box of a HEIC file as phones write it. */
export const heic = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from('ftypheic\0\0\0\0mif1heic', 'latin1'),
  Buffer.alloc(200),
])

export async function animatedGif(): Promise<Buffer> {
  const frames = await Promise.all([picture().png().toBuffer(), picture().negate().png().toBuffer()])
  return sharp(frames, { join: { animated: true } })
    .gif({ colours: 32, dither: 0 })
    .toBuffer()
}

/** A folder for one test file; removed with `discard`. */
export async function temporaryFolder(): Promise<{
  path: string
  put(name: string, bytes: Uint8Array | string): Promise<string>
  discard(): Promise<void>
}> {
  const path = await mkdtemp(join(tmpdir(), 'vgg-studio-test-'))
  return {
    path,
    async put(name, bytes) {
      await writeFile(join(path, name), bytes)
      return join(path, name)
    },
    discard: () => rm(path, { recursive: true, force: true }),
  }
}
