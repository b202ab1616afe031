import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeBytes, decodeStrictly } from '../../core/image/decode.ts'
import { identifyBytes } from '../../core/image/identify.ts'
import { decodeReduced } from '../../core/image/reduce.ts'
import type { RgbImage } from '../../core/image/types.ts'

interface Picture {
  readonly file: string
  readonly code: string | null
  readonly size: readonly [number, number] | null
  readonly levels: string | null
}

/** Made by test/reference/images.py. */
const fixture = new URL('../fixtures/images/pictures.json.gz', import.meta.url)
const pictures = Object.entries(
  JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as Record<string, Picture>,
)

function largestDifference(image: Uint8Array, expected: Uint8Array): number {
  expect(image).toHaveLength(expected.length)
  return image.reduce((most, level, at) => Math.max(most, Math.abs(level - expected[at]!)), 0)
}

/** Levels that a format's own losses may cost. */
function tolerance(name: string): number {
  if (name.startsWith('EXIF') || name.includes('MPO')) return 12
  return name.startsWith('AVIF') ? 4 : 1
}

describe('a file shows what LittleCMS, Pillow, tifffile and arithmetic say it shows', () => {
  for (const [name, { file, size, levels }] of pictures.filter(([, { code }]) => code === null))
    it(name, async () => {
      const bytes = Buffer.from(file, 'base64')
      const expected = Buffer.from(levels!, 'base64')
      const [width, height] = size!
      expect(await identifyBytes(bytes)).toMatchObject({ width, height })
      for (const image of [await decodeBytes(bytes), await decodeReduced(bytes, (own) => own)]) {
        expect([image.width, image.height]).toEqual([width, height])
        expect(largestDifference(image.data, expected)).toBeLessThanOrEqual(tolerance(name))
      }
    })
})

describe('what can’t be decoded faithfully is refused with the reason, not called damaged', () => {
  for (const [name, { file, code }] of pictures.filter(([, { code }]) => code !== null))
    it(name, async () => {
      const bytes = Buffer.from(file, 'base64')
      for (const read of [identifyBytes, decodeBytes, decodeStrictly])
        await expect(read(bytes)).rejects.toMatchObject({
          code,
          message: expect.stringMatching(/not supported/) as string,
        })
    })
})

/** Level in the middle of each quarter. */
function quarters({ width, height, data }: RgbImage): number[] {
  return [0.25, 0.75].flatMap((y) =>
    [0.25, 0.75].flatMap((x) => {
      const at = (Math.floor(y * height) * width + Math.floor(x * width)) * 3
      return [...data.subarray(at, at + 3)]
    }),
  )
}

describe('decoded at reduced size, a turned photo keeps its sides', () => {
  for (const [name, { file }] of pictures.filter(([name]) => name.startsWith('EXIF')))
    it(name, async () => {
      const bytes = Buffer.from(file, 'base64')
      const whole = await decodeBytes(bytes)
      const quarter = (side: number): number => Math.ceil(side / 4)
      const reduced = await decodeReduced(bytes, ({ width, height }) => {
        expect([width, height]).toEqual([whole.width, whole.height])
        return { width: quarter(width), height: quarter(height) }
      })
      expect([reduced.width, reduced.height]).toEqual([quarter(whole.width), quarter(whole.height)])
      const seen = quarters(reduced)
      quarters(whole).forEach((level, at) => expect(Math.abs(level - seen[at]!)).toBeLessThan(12))
    })
})
