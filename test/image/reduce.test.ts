import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodeBytes } from '../../core/image/decode.ts'
import { isotropic } from '../../core/image/geometry.ts'
import { decodeReduced } from '../../core/image/reduce.ts'
import { resize } from '../../core/image/resize.ts'
import type { RgbImage, Size } from '../../core/image/types.ts'
import { texture } from './samples.ts'

/** Soft blobs: what a photo is at a tenth of its size. */
async function soft(): Promise<Sharp> {
  return sharp(await texture(12, 9).png().toBuffer()).resize(900, 675, { fit: 'fill' })
}

function largestDifference(a: RgbImage, b: RgbImage): number {
  return a.data.reduce((most, level, index) => Math.max(most, Math.abs(level - b.data[index]!)), 0)
}

const shorter =
  (side: number) =>
  (size: Size): Size =>
    isotropic(size, side)

describe('decoding at reduced size', () => {
  it('gives a large JPEG or WebP, turned upright, at the size asked for, nearly as an exact resize', async () => {
    for (const bytes of [
      await (await soft()).jpeg({ quality: 95 }).toBuffer(),
      await (await soft()).webp({ quality: 95 }).toBuffer(),
      await (await soft()).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer(),
    ]) {
      const whole = await decodeBytes(bytes)
      const size = isotropic(whole, 100)
      const reduced = await decodeReduced(bytes, shorter(100))
      expect({ width: reduced.width, height: reduced.height }).toEqual(size)
      expect(largestDifference(reduced, resize(whole, size.width, size.height))).toBeLessThan(8)
    }
  })

  it('leaves other formats, and what is not much larger, whole', async () => {
    const png = await texture(200, 150).png().toBuffer()
    expect(await decodeReduced(png, shorter(20))).toEqual(await decodeBytes(png))
    const jpeg = await texture(200, 150).jpeg().toBuffer()
    expect(await decodeReduced(jpeg, shorter(60))).toEqual(await decodeBytes(jpeg))
  })
})
