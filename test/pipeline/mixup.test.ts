import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLoader } from '../../core/pipeline/loader.ts'
import { drawShare } from '../../core/pipeline/mixup.ts'
import type { Augmentation, Item, LoadedBatch, Loader } from '../../core/pipeline/types.ts'
import {
  augmentation,
  epochOf,
  imagesOf,
  inOrder,
  mixedItems,
  normalization,
  temporaryFolder,
  type Folder,
} from './pictures.ts'

const mixing: Augmentation = { ...augmentation, mixup: 0.8 }
let folder: Folder
let items: Item[]
let loader: Loader
beforeAll(async () => {
  folder = await temporaryFolder()
  items = await mixedItems(folder)
  loader = openLoader({ items, normalization, threads: 2 })
})
afterAll(async () => {
  await loader.dispose()
  await folder.discard()
})

const order = (): Uint32Array => inOrder(items.length).reverse()
/** Labels, shares and pixels, one image after the other. */
function eachOf(batches: readonly LoadedBatch[]) {
  const pixels = imagesOf(batches)
  const mixtures = batches.flatMap(({ labels, mixed, items: positions }) =>
    [...labels].map((label, index) => ({
      label,
      position: positions[index]!,
      other: mixed!.labels[index]!,
      share: mixed!.shares[index]!,
    })),
  )
  return mixtures.map((mixture, index) => ({ ...mixture, pixels: pixels[index]! }))
}

describe('mixup', () => {
  it('mixes each image with the one before it in the epoch’s order, and with its label', async () => {
    const plain = imagesOf(await epochOf(loader, { order: order() }))
    const mixed = eachOf(await epochOf(loader, { order: order(), augmentation: mixing }))
    const failed = [4, 11]
    mixed.forEach(({ label, position, other, share, pixels }, place) => {
      expect(label).toBe(items[position]!.label)
      if (failed.includes(position)) return
      const before = place === 0 ? undefined : mixed[place - 1]!.position
      if (before === undefined || failed.includes(before)) {
        expect(share).toBe(1)
        expect(pixels).toEqual(plain[place])
        return
      }
      expect(other).toBe(items[before]!.label)
      expect(share).toBe(Math.fround(drawShare(0.8, 3, 1, place)))
      const expected = plain[place]!.map((value, at) => share * value + (1 - share) * plain[place - 1]![at]!)
      const furthest = pixels.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0)
      expect(furthest).toBeLessThan(1e-3)
    })
  })

  it('is the same for any micro-batch and any number of threads, and resumes with exactly the tail', async () => {
    const ask = async (own: Loader, microBatch: number, from = 0) =>
      eachOf(await epochOf(own, { order: order(), augmentation: mixing, microBatch, from }))
    const all = await ask(loader, 4)
    expect(await ask(loader, 1)).toEqual(all)
    expect(await ask(loader, 7)).toEqual(all)
    const three = openLoader({ items, normalization, threads: 3 })
    for (const from of [1, 5, 8, 16]) expect(await ask(three, 3, from)).toEqual(all.slice(from))
    await three.dispose()
  })
})

describe('the share that an image keeps', () => {
  it('is the larger part of Beta(α, α)', () => {
    // E(2X − 1)² = 1 / (2α + 1), by α.
    for (const [alpha, deviation] of [
      [0.2, 1 / 1.4],
      [1, 1 / 3],
      [4, 1 / 9],
    ] as const) {
      const shares = Array.from({ length: 20_000 }, (_, place) => drawShare(alpha, 1, 0, place))
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.5)
      expect(Math.max(...shares)).toBeLessThanOrEqual(1)
      const squares = shares.map((share) => (2 * share - 1) ** 2)
      const mean = squares.reduce((sum, value) => sum + value, 0) / squares.length
      expect(mean).toBeCloseTo(deviation, 2)
    }
    // Uniform for α = 1: each tenth of the upper half as often.
    const uniform = Array.from({ length: 20_000 }, (_, place) => drawShare(1, 2, 0, place))
    for (let tenth = 0; tenth < 10; tenth++) {
      const within = uniform.filter((share) => Math.floor((share - 0.5) * 20) === tenth).length
      expect(within / uniform.length).toBeCloseTo(0.1, 1.9)
    }
  })

  it('is a number for the smallest α too', () => {
    for (let place = 0; place < 1000; place++) {
      const share = drawShare(1e-4, 1, 0, place)
      expect(share >= 0.5 && share <= 1).toBe(true)
    }
  })
})
