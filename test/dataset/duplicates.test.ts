import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { random } from '../../core/base/random.ts'
import { disjointSets, findDuplicates, nearGroups } from '../../core/dataset/duplicates.ts'
import { coefficientCount, fingerprintOf, parseFingerprint } from '../../core/dataset/fingerprint.ts'
import { measure } from '../../core/dataset/measure.ts'
import { nearDistance } from '../../core/dataset/neighbors.ts'
import { decodeBytes } from '../../core/image/decode.ts'
import { blots } from './folders.ts'

const fingerprint = async (bytes: Uint8Array): Promise<string> =>
  fingerprintOf(measure(await decodeBytes(bytes)))
const picture = (seed: number, side = 120): Sharp =>
  sharp(blots(seed, side), { raw: { width: side, height: side, channels: 3 } })

function distance(a: string, b: string): number {
  const [left, right] = [parseFingerprint(a).vector, parseFingerprint(b).vector]
  return Math.hypot(...left.map((value, index) => value - right[index]!))
}

describe('the perceptual hash', () => {
  const copies: Record<string, (image: Sharp) => Sharp> = {
    'saved as JPEG': (image) => image.jpeg({ quality: 75 }),
    'saved as poor JPEG': (image) => image.jpeg({ quality: 40 }),
    'saved as WebP': (image) => image.webp({ quality: 60 }),
    halved: (image) => image.resize(60).png(),
    enlarged: (image) => image.resize(213).png(),
    'squashed a little': (image) => image.resize(110, 130, { fit: 'fill' }).png(),
    'smaller and as JPEG': (image) => image.resize(83).jpeg({ quality: 80 }),
    brighter: (image) => image.linear(0.9, 20).png(),
    '16-bit': (image) => image.toColourspace('rgb16').png(),
  }
  for (const [name, copy] of Object.entries(copies))
    it(`finds a copy that was ${name}`, async () => {
      for (let seed = 0; seed < 8; seed++) {
        const original = await fingerprint(await picture(seed).png().toBuffer())
        const other = await fingerprint(await copy(picture(seed)).toBuffer())
        expect(distance(original, other)).toBeLessThan(nearDistance)
        expect(nearGroups([original, other])).toEqual([[0, 1]])
      }
    })

  it('tells different pictures apart', async () => {
    const all = await Promise.all(
      Array.from({ length: 200 }, async (_, seed) => fingerprint(await picture(seed, 40).png().toBuffer())),
    )
    expect(nearGroups(all)).toEqual([])
  })
  it('tells colors apart: a red card is no copy of a blue one', async () => {
    const card = (background: string): Promise<Buffer> =>
      sharp({ create: { width: 40, height: 40, channels: 3, background } })
        .png()
        .toBuffer()
    const all = await Promise.all(
      ['#c03030', '#3030c0', '#000000', '#ffffff', '#c03131'].map(async (color) =>
        fingerprint(await card(color)),
      ),
    )
    expect(nearGroups(all)).toEqual([[0, 4]])
    const recolored = await Promise.all(
      [
        picture(3),
        picture(3).recomb([
          [0, 0, 1],
          [0, 1, 0],
          [1, 0, 0],
        ]),
      ].map(async (image) => fingerprint(await image.png().toBuffer())),
    )
    expect(nearGroups(recolored)).toEqual([])
  })
  it('does not depend on the size of a plain copy', async () => {
    const sizes = [31, 32, 64, 100, 333, 700]
    const all = await Promise.all(
      sizes.map(async (side) =>
        fingerprint(await picture(5, 60).resize(side, side, { kernel: 'mitchell' }).png().toBuffer()),
      ),
    )
    expect(nearGroups(all)).toEqual([sizes.map((_, index) => index)])
  })
})

/** A random fingerprint, and one at some distance from it. */
function invented(seed: number): Uint8Array {
  const source = random(seed, 5)
  const vector = Array.from({ length: coefficientCount }, () => source.normal())
  const length = Math.hypot(...vector)
  const encode = (value: number): number =>
    128 + Math.round(127 * Math.sign(value) * Math.sqrt(Math.abs(value / length)))
  return Uint8Array.from([...vector.map(encode), 100, 110, 120])
}
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

describe('the search', () => {
  it('finds what comparing all pairs finds', () => {
    // Few shapes with much jitter: distances on both sides of the threshold.
    const all = Array.from({ length: 400 }, (_, index) => {
      const bytes = invented(index % 40)
      const source = random(index, 9)
      for (let at = 0; at < coefficientCount; at++)
        bytes[at] = Math.max(
          1,
          Math.min(255, bytes[at]! + source.integer(3 + 2 * (index & 64 ? 1 : 0)) - (index & 64 ? 2 : 1)),
        )
      return text(bytes)
    })
    const sets = disjointSets(all.length)
    const vectors = all.map((one) => parseFingerprint(one).vector)
    let near = 0
    for (let a = 0; a < all.length; a++)
      for (let b = 0; b < a; b++) {
        const squares = vectors[a]!.map((value, axis) => (value - vectors[b]![axis]!) ** 2)
        if (squares.reduce((sum, square) => sum + square, 0) > nearDistance ** 2) continue
        sets.join(a, b)
        near++
      }
    expect(near).toBeGreaterThan(100)
    expect(near).toBeLessThan(1800)
    expect(nearGroups(all)).toEqual(sets.groups())
  })

  it('goes through 100,000 images in seconds', () => {
    const count = 100_000
    const all = Array.from({ length: count }, (_, index) =>
      text(invented(index < count - 500 ? index : index - 5_000)),
    )
    const groups = nearGroups(all)
    expect(groups).toHaveLength(500)
    for (const [a, b] of groups) expect(b! - a!).toBe(5_000)
  }, 60_000)
})

describe('duplicates', () => {
  it('are exact by content and near by looks; together no image is in two groups', () => {
    const [one, other, third] = [1, 2, 3].map((seed) => text(invented(seed)))
    const image = (hash: string, fingerprint: string | undefined) => ({
      hash,
      ...(fingerprint && { fingerprint }),
    })
    const { exact, near, together } = findDuplicates([
      image('a', one),
      image('b', other),
      image('a', one),
      image('c', one),
      image('d', third),
      image('d', third),
      image('e', undefined),
      image('f', undefined),
    ])
    expect(exact).toEqual([
      [0, 2],
      [4, 5],
    ])
    expect(near).toEqual([[0, 2, 3]])
    expect(together).toEqual([
      [0, 2, 3],
      [4, 5],
    ])
  })
})
