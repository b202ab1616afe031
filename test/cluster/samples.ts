import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { random } from '../../core/base/random.ts'
import type { DatasetImage, Split } from '../../core/dataset/types.ts'

export const classes = ['bars', 'checks', 'rings']

/** Pictures of 32 × 32 as PNG files, each class with a pattern of its own under noise; as a manifest has them. */
export async function writePictures(
  root: string,
  counts: Readonly<Partial<Record<Split, number>>>,
): Promise<DatasetImage[]> {
  await mkdir(root, { recursive: true })
  const images: DatasetImage[] = []
  for (const [split, count] of Object.entries(counts)) {
    for (let index = 0; index < count; index++) {
      const label = index % classes.length
      const path = `${split}-${index}.png`
      const bytes = await picture(label, images.length)
      await writeFile(join(root, path), bytes)
      const hash = createHash('sha256').update(bytes).digest('hex')
      const info = { format: 'png', width: 32, height: 32, colorMode: 'rgb', alpha: false, bits: 8 } as const
      images.push({ path, label, split: split as Split, hash, info: { ...info, bytes: bytes.length } })
    }
  }
  return images
}

function picture(label: number, index: number): Promise<Buffer> {
  const source = random(index, 3)
  const data = new Uint8Array(32 * 32 * 3)
  for (let y = 0, at = 0; y < 32; y++)
    for (let x = 0; x < 32; x++) {
      const form = [x % 8 < 4, (x >> 2) % 2 === (y >> 2) % 2, Math.hypot(x - 16, y - 16) % 8 < 4][label]
      for (let channel = 0; channel < 3; channel++, at++)
        data[at] = (form ? 160 : 60) + source.integer(60) + 10 * channel
    }
  return sharp(data, { raw: { width: 32, height: 32, channels: 3 } })
    .png()
    .toBuffer()
}
