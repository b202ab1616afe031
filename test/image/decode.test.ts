import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import sharp from 'sharp'
import { decode, decodeBytes } from '../../core/image/decode.ts'
import type { RgbImage } from '../../core/image/types.ts'
import { animatedGif, corners, height, picture, quarters, temporaryFolder, turned, width } from './samples.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => folder.discard())

/** Levels in the middle of each quarter. */
function quarterLevels({ data, width, height }: RgbImage): number[][] {
  const at = (x: number, y: number): number[] => {
    const index = (Math.floor(y * height) * width + Math.floor(x * width)) * 3
    return [...data.subarray(index, index + 3)]
  }
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)]
}

function expectPicture(image: RgbImage, expected: readonly (readonly number[])[], tolerance: number): void {
  expect([image.width, image.height, image.data.length]).toEqual([width, height, width * height * 3])
  quarterLevels(image).forEach((levels, quarter) =>
    levels.forEach((level, channel) =>
      expect(Math.abs(level - expected[quarter]![channel]!)).toBeLessThanOrEqual(tolerance),
    ),
  )
}

const luma = ([r, g, b]: readonly number[]): number => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!

describe('every accepted format decodes to the same picture', () => {
  const formats = {
    jpeg: () => picture().jpeg({ quality: 95 }),
    'progressive jpeg': () => picture().jpeg({ quality: 95, progressive: true }),
    png: () => picture().png(),
    'palette png': () => picture().png({ palette: true, colours: 8 }),
    'interlaced png': () => picture().png({ progressive: true }),
    webp: () => picture().webp({ quality: 95 }),
    gif: () => picture().gif(),
    tiff: () => picture().tiff({ compression: 'lzw' }),
    avif: () => picture().avif({ quality: 90, effort: 0, chromaSubsampling: '4:4:4' }),
  }
  for (const [name, encode] of Object.entries(formats))
    it(name, async () => {
      expectPicture(await decodeBytes(await encode().toBuffer()), corners, 8)
    })
})

it('decodes losslessly what was stored losslessly', async () => {
  const image = await decode(await folder.put('exact.png', await picture().png().toBuffer()))
  expect(Buffer.from(image.data).equals(quarters())).toBe(true)
})

describe('a photo is turned upright by its EXIF orientation', () => {
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8])
    it(`orientation ${orientation}`, async () => {
      expectPicture(await decodeBytes(await turned(orientation)), corners, 8)
    })
})

it('gives grayscale images three equal channels', async () => {
  for (const bytes of [
    await picture().toColourspace('b-w').jpeg().toBuffer(),
    await picture().toColourspace('b-w').png().toBuffer(),
    await picture().toColourspace('b-w').ensureAlpha().png().toBuffer(),
  ]) {
    const image = await decodeBytes(bytes)
    const levels = quarterLevels(image)
    for (const [r, g, b] of levels) expect([g, b]).toEqual([r, r])
    // libvips weighs linear light: the order and the range hold, not the exact formula.
    expect(levels[3]![0]!).toBeGreaterThan(levels[1]![0]!)
    expect(Math.abs(levels[3]![0]! - luma(corners[3]))).toBeLessThan(20)
  }
})

it('lays transparency over white', async () => {
  const half = await picture()
    .ensureAlpha(128 / 255)
    .png()
    .toBuffer()
  const over = corners.map((color) => color.map((level) => (level * 128 + 255 * 127) / 255))
  expectPicture(await decodeBytes(half), over, 1)
  const clear = await decodeBytes(await picture().ensureAlpha(0).png().toBuffer())
  expect(clear.data.every((level) => level === 255)).toBe(true)
})

it('converts CMYK to RGB', async () => {
  const bytes = await picture().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()
  expect((await sharp(bytes).metadata()).space).toBe('cmyk')
  // Saturated colors leave the CMYK gamut: they stay recognizable, not equal.
  expectPicture(await decodeBytes(bytes), corners, 75)
})

describe('16-bit levels are scaled, not clipped', () => {
  const wide = (channels: 1 | 3): Uint16Array =>
    Uint16Array.from({ length: width * height * channels }, (_, index) =>
      channels === 3 ? quarters()[index]! * 257 : quarters()[index * 3]! * 257,
    )
  it('RGB', async () => {
    const rgb = sharp(wide(3), { raw: { width, height, channels: 3 } })
    const bytes = await rgb.toColourspace('rgb16').png().toBuffer()
    expect((await sharp(bytes).metadata()).depth).toBe('ushort')
    expectPicture(await decodeBytes(bytes), corners, 1)
  })
  it('gray', async () => {
    const gray = sharp(wide(1), { raw: { width, height, channels: 1 } })
    const bytes = await gray.toColourspace('grey16').png().toBuffer()
    expect((await sharp(bytes).metadata()).depth).toBe('ushort')
    const red = corners.map(([r]) => [r, r, r])
    expectPicture(await decodeBytes(bytes), red, 1)
  })
})

it('applies an embedded color profile', async () => {
  const bytes = await picture().withIccProfile('p3').png().toBuffer()
  const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer()
  expect(Math.abs(stored[0]! - corners[0][0])).toBeGreaterThan(8)
  expectPicture(await decodeBytes(bytes), corners, 2)
})

it('takes the first frame of an animation', async () => {
  const bytes = await animatedGif()
  expect((await sharp(bytes).metadata()).pages).toBe(2)
  expectPicture(await decodeBytes(bytes), corners, 4)
})

it('reads Unicode and very long names', async () => {
  const bytes = await picture().png().toBuffer()
  for (const name of ['쿼카 – ünïcode 🦘\n.png', `${'x'.repeat(240)}.png`])
    expectPicture(await decode(await folder.put(name, bytes)), corners, 0)
})
