import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { random } from '../../core/base/random.ts'

/** A small picture of its own for each seed: colored blots, unlike every other to the eye. */
export function blots(seed: number, side = 24): Uint8Array {
  const source = random(seed, 77)
  const centers = Array.from({ length: 5 }, () => [
    source.uniform(),
    source.uniform(),
    source.uniform() * 0.3 + 0.1,
  ])
  const colors = centers.map(() => [source.integer(256), source.integer(256), source.integer(256)])
  const data = new Uint8Array(side * side * 3).fill(source.integer(256))
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      centers.forEach(([cx, cy, radius], index) => {
        if (Math.hypot((x + 0.5) / side - cx!, (y + 0.5) / side - cy!) < radius!)
          data.set(colors[index]!, (y * side + x) * 3)
      })
  return data
}

export function png(seed: number, side = 24): Promise<Buffer> {
  return sharp(blots(seed, side), { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer()
}

export interface Folder {
  readonly path: string
  put(name: string, bytes: Uint8Array | string): Promise<void>
  /** Images with seeds from `from` on, in a folder, named 0.png …. */
  fill(folder: string, count: number, from: number): Promise<void>
  discard(): Promise<void>
}

export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'vgg-studio-test-'))
  const put = async (name: string, bytes: Uint8Array | string): Promise<void> => {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), bytes)
  }
  return {
    path,
    put,
    async fill(folder, count, from) {
      for (let index = 0; index < count; index++) await put(`${folder}/${index}.png`, await png(from + index))
    },
    discard: () => rm(path, { recursive: true, force: true }),
  }
}

/** Everything in a folder with its size and time of change: whatever is written shows. */
export async function trace(path: string): Promise<string[]> {
  const names = await readdir(path, { recursive: true })
  const lines = await Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs, ctimeMs } = await stat(join(path, name))
      return `${name} ${size} ${mtimeMs} ${ctimeMs}`
    }),
  )
  return lines.sort()
}
