import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { random } from '../../core/base/random.ts'

export interface Pictures {
  readonly folder: string
  readonly paths: readonly string[]
  remove(): Promise<void>
}

/** Files with blobs of random colors, as JPEG and PNG in turns; `sizes` are [width, height]. */
export async function drawPictures(sizes: readonly (readonly [number, number])[]): Promise<Pictures> {
  const folder = await mkdtemp(join(tmpdir(), 'vgg-pictures-'))
  const paths = sizes.map((_, index) => join(folder, `${index}.${index % 2 === 0 ? 'jpg' : 'png'}`))
  await Promise.all(sizes.map((size, index) => draw(paths[index]!, size, index)))
  return { folder, paths, remove: () => rm(folder, { recursive: true }) }
}

function draw(path: string, [width, height]: readonly [number, number], index: number): Promise<unknown> {
  const source = random(11, index)
  const small = { width: 5, height: 4, channels: 3 as const }
  const colors = Uint8Array.from({ length: 5 * 4 * 3 }, () => source.integer(256))
  return sharp(colors, { raw: small }).resize(width, height, { fit: 'fill' }).toFile(path)
}
