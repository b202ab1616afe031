import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { splitImages, type Splittable } from '../../core/dataset/split.ts'
import type { Split } from '../../core/dataset/types.ts'

const options = { validation: 0.15, test: 0.15, seed: 1 }
const image = (name: string | number, label: number, more: Partial<Splittable> = {}): Splittable => ({
  label,
  hash: createHash('sha256').update(`${name}`).digest('hex'),
  given: null,
  before: null,
  ...more,
})
const many = (count: number, label: number, more: Partial<Splittable> = {}, from = 0): Splittable[] =>
  Array.from({ length: count }, (_, index) => image(`${label}-${from + index}`, label, more))

function counts(images: readonly Splittable[], splits: readonly Split[], label: number): number[] {
  return (['train', 'validation', 'test'] as const).map(
    (split) => splits.filter((one, index) => one === split && images[index]!.label === label).length,
  )
}

describe('stratification', () => {
  const images = [
    ...many(100, 0),
    ...many(40, 1),
    ...many(7, 2),
    ...many(4, 3),
    ...many(3, 4),
    ...many(2, 5),
    ...many(1, 6),
  ]
  const splits = splitImages(images, [], options)

  it('takes the fractions of each class, rounded', () => {
    expect(counts(images, splits, 0)).toEqual([70, 15, 15])
    expect(counts(images, splits, 1)).toEqual([28, 6, 6])
    expect(counts(images, splits, 2)).toEqual([5, 1, 1])
  })
  it('keeps images for training in the smallest classes', () => {
    expect([3, 4, 5, 6].map((label) => counts(images, splits, label))).toEqual([
      [2, 1, 1],
      [2, 1, 0],
      [2, 0, 0],
      [1, 0, 0],
    ])
  })
  it('depends on the seed, and on it alone', () => {
    expect(splitImages(images, [], options)).toEqual(splits)
    expect(splitImages(images, [], { ...options, seed: 2 })).not.toEqual(splits)
    const backwards = splitImages(images.toReversed(), [], options).toReversed()
    expect(backwards).toEqual(splits)
  })
  it('takes none where the fraction is zero', () => {
    const splits = splitImages(images, [], { ...options, test: 0 })
    expect(splits).not.toContain('test')
    expect(counts(images, splits, 0)).toEqual([85, 15, 0])
  })
  it('leaves at least one image for training whatever the fractions', () => {
    const splits = splitImages(images, [], { validation: 0.5, test: 0.5, seed: 1 })
    for (const label of [0, 1, 2, 3, 4, 5, 6]) expect(counts(images, splits, label)[0]).toBeGreaterThan(0)
  })
})

describe("the source's own split", () => {
  it('stays as it is when it is complete', () => {
    const given = [...many(10, 0, { given: 'train' }), ...many(3, 0, { given: 'validation' }, 20)]
    const images = [...given, ...many(4, 0, { given: 'test' }, 30)]
    expect(splitImages(images, [], options)).toEqual(images.map(({ given }) => given))
  })
  it('without validation gets one from its training images; its test split stays', () => {
    const images = [...many(40, 0, { given: 'train' }), ...many(10, 0, { given: 'test' }, 50)]
    expect(counts(images, splitImages(images, [], options), 0)).toEqual([34, 6, 10])
  })
  it('with validation but no test keeps its training images whole', () => {
    const images = [...many(40, 0, { given: 'train' }), ...many(10, 0, { given: 'validation' }, 50)]
    expect(counts(images, splitImages(images, [], options), 0)).toEqual([40, 10, 0])
  })
  it('with training images alone is split like one without', () => {
    const images = many(40, 0, { given: 'train' })
    expect(counts(images, splitImages(images, [], options), 0)).toEqual([28, 6, 6])
  })
  it('leaves images without one to training where nothing is to draw', () => {
    const images = [
      ...many(5, 0),
      ...many(4, 0, { given: 'validation' }, 9),
      ...many(4, 0, { given: 'test' }, 20),
    ]
    expect(counts(images, splitImages(images, [], options), 0)).toEqual([5, 4, 4])
  })
  it('keeps what it calls training where it leaves other images open', () => {
    const mixed = [...many(20, 0, { given: 'train' }), ...many(20, 0, {}, 20)]
    const splits = splitImages(mixed, [], options)
    expect(new Set(splits.slice(0, 20))).toEqual(new Set(['train']))
    expect(counts(mixed, splits, 0)).toEqual([28, 6, 6])
  })
  it('goes before the version before and before duplicates', () => {
    const images = [
      image('a', 0, { given: 'test', before: 'train' }),
      image('b', 0, { given: 'train', before: 'test' }),
      ...many(20, 0, { given: 'train' }),
    ]
    const splits = splitImages(images, [[0, 1]], options)
    expect(splits[0]).toBe('test')
    expect(['train', 'validation']).toContain(splits[1])
  })
})

describe('stability', () => {
  it('keeps the split of every image when files come later, and still fills up each class', () => {
    const first = [...many(40, 0), ...many(40, 1)]
    const before = splitImages(first, [], options)
    const grown = [
      ...first.map((one, index) => ({ ...one, before: before[index]! })),
      ...many(60, 0, {}, 1000),
    ]
    const after = splitImages(grown, [], { ...options, seed: 99 })
    expect(after.slice(0, first.length)).toEqual(before)
    expect(counts(grown, after, 0)).toEqual([70, 15, 15])
    expect(counts(grown, after, 1)).toEqual([28, 6, 6])
  })
})

describe('duplicates', () => {
  const images = [...many(60, 0), ...many(60, 1)]
  const pairs = Array.from({ length: 20 }, (_, index) => [index, index + 20])
  it('go into one split, and the fractions hold', () => {
    const splits = splitImages(images, pairs, options)
    for (const [a, b] of pairs) expect(splits[a!]).toBe(splits[b!])
    const [train, validation, test] = counts(images, splits, 0)
    expect(train! + validation! + test!).toBe(60)
    expect(Math.abs(validation! - 9)).toBeLessThanOrEqual(1)
    expect(Math.abs(test! - 9)).toBeLessThanOrEqual(1)
  })
  it('across classes, too', () => {
    const splits = splitImages(
      images,
      [
        [0, 60, 61],
        [3, 90],
      ],
      options,
    )
    expect(new Set([splits[0], splits[60], splits[61]]).size).toBe(1)
    expect(splits[3]).toBe(splits[90])
  })
  it('follow those whose split is settled', () => {
    for (const split of ['train', 'validation', 'test'] as const) {
      const grown = images.map((one, index) => (index === 5 ? { ...one, before: split } : one))
      expect(
        splitImages(grown, [[5, 30, 31]], options).filter((_, index) => [5, 30, 31].includes(index)),
      ).toEqual([split, split, split])
    }
  })
  it('that are too many for a held-out split stay in training', () => {
    const all = many(20, 0)
    const group = Array.from({ length: 15 }, (_, index) => index)
    const splits = splitImages(all, [group], options)
    expect(new Set(group.map((index) => splits[index]))).toEqual(new Set(['train']))
    expect(counts(all, splits, 0)).toEqual([15, 2, 3])
  })
})
