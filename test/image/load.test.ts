import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import sharp from 'sharp'
import { cropImage } from './cropImage.ts'
import { decode } from '../../core/image/decode.ts'
import { centerPlacement, randomPlacement, resizedSize, type Placement } from '../../core/image/geometry.ts'
import { jpegHeader } from '../../core/image/jpegHeader.ts'
import { loadCrop } from '../../core/image/load.ts'
import { resize } from '../../core/image/resize.ts'
import { resizeModes, type RgbImage, type Size } from '../../core/image/types.ts'
import { picture, temporaryFolder, texture, turned } from './samples.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
const files: Record<string, string> = {}
beforeAll(async () => {
  folder = await temporaryFolder()
  const put = async (name: string, bytes: Promise<Buffer>): Promise<void> => {
    files[name] = await folder.put(name, await bytes)
  }
  await put('photo.jpg', texture(150, 113).jpeg().toBuffer())
  await put('turned.jpg', texture(150, 113).withMetadata({ orientation: 6 }).jpeg().toBuffer())
  await put('alpha.png', texture(90, 140).ensureAlpha(0.4).png().toBuffer())
  await put('gray.png', texture(90, 140).toColourspace('b-w').png().toBuffer())
  await put('tiny.png', picture().resize(3, 2).png().toBuffer())
  await put('cmyk.jpg', texture(70, 50).toColourspace('cmyk').jpeg().toBuffer())
})
afterAll(() => folder.discard())

const fill = [10.4, 20, 30] as const
const random =
  (mode: (typeof resizeModes)[number], scale: number, mirror: boolean) =>
  (size: Size): Placement =>
    randomPlacement(size, { mode, scale, crop: 48 }, { u: 0.3, v: 0.8, mirror })

/** The definition, step by step: resize everything, then cut. */
function slowCrop(image: RgbImage, placement: Placement): Uint8Array {
  const whole = resize(image, placement.resized.width, placement.resized.height)
  const { crop, left, top, mirror } = placement
  const out = new Uint8Array(crop * crop * 3)
  for (let y = 0; y < crop; y++)
    for (let x = 0; x < crop; x++) {
      const column = left + (mirror ? crop - 1 - x : x)
      const row = top + y
      const inside = column >= 0 && row >= 0 && column < whole.width && row < whole.height
      for (let channel = 0; channel < 3; channel++)
        out[(y * crop + x) * 3 + channel] = inside
          ? whole.data[(row * whole.width + column) * 3 + channel]!
          : Math.round(fill[channel]!)
    }
  return out
}

describe('an exact crop is what decode, resize, crop would give', () => {
  for (const mode of resizeModes)
    for (const scale of [48, 75, 160])
      it(`${mode} at scale ${scale}, from memory and from each file`, async () => {
        for (const path of Object.values(files)) {
          const image = await decode(path)
          for (const mirror of [false, true]) {
            const choose = random(mode, scale, mirror)
            const expected = slowCrop(image, choose(image))
            expect(cropImage(image, choose(image), fill)).toEqual(expected)
            expect(await loadCrop(path, choose, { exact: true, fill })).toEqual(expected)
          }
        }
      })
})

it('fills what lies outside of the image', async () => {
  const choose = (size: Size) => centerPlacement(size, { mode: 'crop', scale: 40, crop: 48 })
  const crop = await loadCrop(files['photo.jpg']!, choose, { exact: true, fill })
  expect([...crop.subarray(0, 3)]).toEqual([10, 20, 30])
  expect(crop).toEqual(slowCrop(await decode(files['photo.jpg']!), choose({ width: 150, height: 113 })))
})

describe('training may decode large photos at reduced size', () => {
  const smooth = (columns: number, rows: number) => texture(12, 9).resize(columns, rows, { kernel: 'cubic' })
  for (const mode of resizeModes)
    for (const mirror of [false, true])
      it(`${mode}${mirror ? ', mirrored' : ''}: the same part of the picture`, async () => {
        const upright = await smooth(600, 450).jpeg({ quality: 95 }).toBuffer()
        const sideways = await sharp(upright)
          .withMetadata({ orientation: 8 })
          .jpeg({ quality: 95 })
          .toBuffer()
        const webp = await sharp(upright).webp({ quality: 95 }).toBuffer()
        for (const [index, bytes] of [upright, sideways, webp].entries()) {
          const path = await folder.put(`large-${mode}-${mirror}-${index}`, bytes)
          const choose = random(mode, 64, mirror)
          const exact = await loadCrop(path, choose, { exact: true, fill })
          const fast = await loadCrop(path, choose, { exact: false, fill })
          const differences = exact.map((level, at) => Math.abs(level - fast[at]!))
          expect(differences.reduce((sum, one) => sum + one, 0) / exact.length).toBeLessThan(2)
          expect(fast).not.toEqual(exact)
        }
      })
})

it('survives an extreme aspect ratio, reading no more than the crop needs', async () => {
  const strip = await sharp({ create: { width: 8000, height: 2, channels: 3, background: '#123456' } })
    .png()
    .toBuffer()
  const path = await folder.put('strip.png', strip)
  const crop = await loadCrop(path, random('crop', 512, false), { exact: true, fill })
  expect([...crop.subarray(0, 3)]).toEqual([0x12, 0x34, 0x56])
  expect(resizedSize({ width: 8000, height: 2 }, 'crop', 512).width).toBe(2_048_000)
})

it('puts the path in front of the reason when a file cannot be loaded', async () => {
  const bytes = await texture(200, 150).jpeg().toBuffer()
  const path = await folder.put('half.jpg', bytes.subarray(0, bytes.length >> 1))
  const load = loadCrop(path, random('crop', 64, false), { exact: false, fill })
  await expect(load).rejects.toMatchObject({
    code: 'truncated',
    message: expect.stringContaining(path) as string,
  })
})

it('reads the size of a JPEG as libvips does', async () => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    const bytes = await turned(orientation)
    const { width, height } = (await sharp(bytes).metadata()).autoOrient
    expect(jpegHeader(bytes)?.size).toEqual({ width, height })
  }
  const progressive = await texture(61, 47).jpeg({ progressive: true }).withIccProfile('p3').toBuffer()
  expect(jpegHeader(progressive)?.size).toEqual({ width: 61, height: 47 })
  expect(jpegHeader(progressive.subarray(0, 30))).toBeUndefined()
})

it('is all fill where a padded crop misses a very narrow image', async () => {
  const path = await folder.put('thin.png', await picture().resize(2, 400).png().toBuffer())
  const choose = (size: Size): Placement =>
    randomPlacement(size, { mode: 'pad', scale: 256, crop: 64 }, { u: 0, v: 0.5, mirror: false })
  const expected = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => [10, 20, 30][index % 3]!)
  for (const exact of [true, false]) expect(await loadCrop(path, choose, { exact, fill })).toEqual(expected)
  const image = await decode(path)
  expect(cropImage(image, choose(image), fill)).toEqual(expected)
})
