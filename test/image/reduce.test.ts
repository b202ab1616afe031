import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodeBytes } from '../../core/image/decode.ts'
import { isotropic } from '../../core/image/geometry.ts'
import { jpegHeader } from '../../core/image/jpegHeader.ts'
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
    const webp = await texture(200, 150).webp().toBuffer()
    expect(await decodeReduced(webp, shorter(60))).toEqual(await decodeBytes(webp))
  })
})

describe('a JPEG that training needs whole', () => {
  const whole = (size: Size): Size => size
  const picture = (): Sharp => texture(201, 149)

  it('is nearly what libjpeg makes of it, whatever its chroma and its size', async () => {
    for (const bytes of [
      await picture().jpeg({ quality: 90 }).toBuffer(),
      await picture().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
      await texture(8, 8).jpeg().toBuffer(),
      await texture(1, 1).jpeg().toBuffer(),
      await texture(17, 400).jpeg({ optimizeCoding: true }).toBuffer(),
    ]) {
      expect(jpegHeader(bytes)?.ordinary).toBe(true)
      const [ours, exact] = [await decodeReduced(bytes, whole), await decodeBytes(bytes)]
      expect([ours.width, ours.height]).toEqual([exact.width, exact.height])
      expect(largestDifference(ours, exact)).toBeLessThanOrEqual(8)
      const sum = ours.data.reduce((all, level, index) => all + Math.abs(level - exact.data[index]!), 0)
      expect(sum / ours.data.length).toBeLessThan(0.7)
    }
  })

  it.each<[string, () => Promise<Buffer>]>([
    ['progressive', () => picture().jpeg({ progressive: true }).toBuffer()],
    ['gray', () => picture().toColourspace('b-w').jpeg().toBuffer()],
    ['turned', () => picture().withMetadata({ orientation: 6 }).jpeg().toBuffer()],
    ['mirrored', () => picture().withMetadata({ orientation: 2 }).jpeg().toBuffer()],
    ['with a color profile', () => picture().withIccProfile('p3').jpeg().toBuffer()],
    ['in CMYK', () => picture().toColourspace('cmyk').jpeg().toBuffer()],
  ])('is left to libvips where it is %s', async (_, encode) => {
    const bytes = await encode()
    expect(jpegHeader(bytes)?.ordinary).toBe(false)
    expect(await decodeReduced(bytes, whole)).toEqual(await decodeBytes(bytes))
  })

  it('is refused where it is cut, as ever', async () => {
    const bytes = await picture().jpeg().toBuffer()
    const cut = decodeReduced(bytes.subarray(0, bytes.length >> 1), whole)
    await expect(cut).rejects.toMatchObject({ code: 'truncated' })
  })
})
