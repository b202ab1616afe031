import { describe, expect, it } from 'vitest'
import { permutation, random } from '../../core/base/random.ts'

const draws = (stream: readonly number[], count: number): number[] => {
  const source = random(...stream)
  return Array.from({ length: count }, () => source.uniform())
}

describe('a random stream', () => {
  it('is the same for the same name and another for any other', () => {
    expect(draws([1, 2], 5)).toEqual(draws([1, 2], 5))
    const names = [[1, 2], [2, 1], [1], [1, 2, 0], [1, 3], [2 ** 40 + 1, 2], [-1, 2]]
    const firsts = new Set(names.map((name) => draws(name, 1)[0]))
    expect(firsts.size).toBe(names.length)
  })

  it('draws uniform numbers from 0 to below 1', () => {
    const values = draws([3], 100_000)
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true)
    const mean = values.reduce((a, b) => a + b) / values.length
    expect(mean).toBeCloseTo(0.5, 2)
    const tenths = new Array<number>(10).fill(0)
    for (const value of values) tenths[Math.floor(value * 10)]!++
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  it('draws standard normal numbers', () => {
    const source = random(4)
    const values = Array.from({ length: 100_000 }, () => source.normal())
    const mean = values.reduce((a, b) => a + b) / values.length
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
    expect(mean).toBeCloseTo(0, 1)
    expect(variance).toBeCloseTo(1, 1)
    expect(values.filter((value) => Math.abs(value) > 1.96).length / values.length).toBeCloseTo(0.05, 2)
  })

  it('draws neighbors that do not resemble each other, whatever the seed', () => {
    const pairs = Array.from({ length: 10_000 }, (_, seed) => draws([seed], 1)[0]!)
    const mean = 0.5
    const covariance = pairs.slice(1).reduce((sum, b, index) => sum + (pairs[index]! - mean) * (b - mean), 0)
    expect(Math.abs(covariance / pairs.length)).toBeLessThan(0.005)
  })
})

describe('a permutation', () => {
  it('holds every index once', () => {
    const order = permutation(1000, random(1))
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index))
  })

  it('puts each index at each place about equally often', () => {
    const counts = new Array<number>(16).fill(0)
    for (let seed = 0; seed < 8000; seed++) {
      const order = permutation(4, random(seed))
      order.forEach((value, place) => counts[place * 4 + value]!++)
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200)
  })

  it('of nothing is nothing', () => {
    expect([...permutation(0, random(1))]).toEqual([])
  })
})
