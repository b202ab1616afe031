import { describe, expect, it } from 'vitest'
import { epochOrder } from '../../core/pipeline/sampler.ts'

const labels = [...Array<number>(70).fill(0), ...Array<number>(8).fill(2), ...Array<number>(23).fill(5)]

function countsOf(values: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

describe('shuffle', () => {
  it('shows each item once, in an order of its own in each epoch and for each seed', () => {
    const order = epochOrder(labels, { seed: 3, epoch: 0, sampling: 'shuffle' })
    expect([...order].sort((a, b) => a - b)).toEqual(labels.map((_, index) => index))
    expect(epochOrder(labels, { seed: 3, epoch: 0, sampling: 'shuffle' })).toEqual(order)
    expect(epochOrder(labels, { seed: 3, epoch: 1, sampling: 'shuffle' })).not.toEqual(order)
    expect(epochOrder(labels, { seed: 4, epoch: 0, sampling: 'shuffle' })).not.toEqual(order)
  })

  it('puts each item at each place equally often', () => {
    const first = countsOf(
      Array.from(
        { length: 4000 },
        (_, epoch) => epochOrder([0, 0, 0, 0], { seed: 1, epoch, sampling: 'shuffle' })[0]!,
      ),
    )
    // Standard deviation: 27.
    for (let item = 0; item < 4; item++) expect(Math.abs(first.get(item)! - 1000)).toBeLessThan(110)
  })
})

describe('balanced', () => {
  const orders = Array.from({ length: 60 }, (_, epoch) =>
    epochOrder(labels, { seed: 9, epoch, sampling: 'balanced' }),
  )

  it('shows each class equally often to within one, in an epoch of as many places as there are items', () => {
    for (const order of orders) {
      expect(order.length).toBe(labels.length)
      const counts = [...countsOf([...order].map((item) => labels[item]!)).values()].sort()
      expect(counts).toEqual([33, 34, 34])
    }
  })

  it('repeats the images of small classes equally often to within one', () => {
    for (const order of orders) {
      const small = [...countsOf([...order].filter((item) => labels[item] === 2)).values()]
      expect(small.length).toBe(8)
      expect(Math.max(...small) - Math.min(...small)).toBeLessThanOrEqual(1)
    }
  })

  it('shows other images of large classes in each epoch, none twice, and all in the long run', () => {
    const seen = new Set<number>()
    for (const order of orders) {
      const large = [...order].filter((item) => labels[item] === 0)
      expect(new Set(large).size).toBe(large.length)
      large.forEach((item) => seen.add(item))
    }
    expect(seen.size).toBe(70)
  })

  it('mixes the classes', () => {
    const firstHalf = [...orders[0]!].slice(0, 50).map((item) => labels[item]!)
    for (const count of countsOf(firstHalf).values()) expect(count).toBeGreaterThan(8)
  })

  it('takes data sets of one class and of none', () => {
    const order = epochOrder([4, 4, 4], { seed: 1, epoch: 0, sampling: 'balanced' })
    expect([...order].sort()).toEqual([0, 1, 2])
    expect(epochOrder([], { seed: 1, epoch: 0, sampling: 'balanced' }).length).toBe(0)
  })
})
