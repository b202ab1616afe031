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

/** Three files that need more than decoding: half transparent, to be turned upright, and gray. */
export async function drawOddPictures(folder: string): Promise<readonly string[]> {
  const [alpha, turned, gray] = ['alpha.png', 'turned.jpg', 'gray.png'].map((name) => join(folder, name))
  const source = random(12)
  const noise = (channels: 3 | 4) => {
    const pixels = Uint8Array.from({ length: 6 * 5 * channels }, () => source.integer(256))
    return sharp(pixels, { raw: { width: 6, height: 5, channels } }).resize(90, 70, { fit: 'fill' })
  }
  await noise(4).png().toFile(alpha!)
  await noise(3).withMetadata({ orientation: 6 }).jpeg().toFile(turned!)
  await noise(3).toColourspace('b-w').png().toFile(gray!)
  return [alpha!, turned!, gray!]
}
