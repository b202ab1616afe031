import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { random } from '../../core/base/random.ts'
import { agreement } from '../../core/evaluation/agreement.ts'
import { meanRows } from '../../core/evaluation/ensemble.ts'
import { interleaved } from '../../core/evaluation/order.ts'
import type { Row } from '../../core/evaluation/types.ts'
import { maxBytes, openRowWriter, readRows, sortRows } from '../../core/evaluation/storedProbabilities.ts'

const folder = mkdtempSync(join(tmpdir(), 'vgg-rows-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Softmax of random logits, all mantissas in use. */
function rowsOf(count: number, classes: number, seed = 1): Row[] {
  const source = random(seed)
  return Array.from({ length: count }, (_, item) => {
    const exponentials = Array.from({ length: classes }, () => Math.exp(8 * source.uniform()))
    const total = exponentials.reduce((a, b) => a + b)
    const probabilities = Float32Array.from(exponentials, (value) => value / total)
    return { item: 3 * item, probabilities, logProbability: Math.log(exponentials[0]! / total) }
  })
}

function write(name: string, rows: readonly Row[]): string {
  const path = join(folder, name)
  const writer = openRowWriter(path)
  rows.forEach(writer.add)
  writer.close()
  return path
}

describe('stored class probabilities', () => {
  test('come back to the last bit', () => {
    const rows = rowsOf(600, 10)
    expect([...readRows(write('all', rows))]).toEqual(rows)
  })

  test('of 1,000 classes take less than four bytes each, and no more than was said before', () => {
    const { size } = statSync(write('large', rowsOf(512, 1000)))
    expect(size).toBeLessThan(512 * 1000 * 4)
    expect(size).toBeLessThan(maxBytes(512, 1000))
    expect(maxBytes(50_000, 1000)).toBeLessThan(201e6)
  })

  test('are brought into the order of their items, whatever stretches ascend', () => {
    const rows = rowsOf(1200, 3)
    const mixed = [...interleaved(1200)].map((item) => rows[item]!)
    const path = write('mixed', mixed)
    sortRows(path)
    expect([...readRows(path)]).toEqual(rows)
    const later = write('later', [...rows.slice(700), ...rows.slice(0, 700)])
    sortRows(later)
    expect([...readRows(later)]).toEqual(rows)
  })

  test('of an interrupted file are those of its whole chunks, and it can be continued', () => {
    const rows = rowsOf(300, 5)
    const path = write('broken', rows.slice(0, 256))
    const whole = statSync(path).size
    appendFileSync(path, Buffer.alloc(15, 7))
    expect([...readRows(path)]).toEqual(rows.slice(0, 256))
    write('broken', rows.slice(256))
    expect([...readRows(path)]).toEqual(rows)
    truncateSync(path, whole - 1)
    expect([...readRows(path)]).toEqual([])
  })
})

describe('an ensemble', () => {
  test('is the mean of its members’ probabilities, and of the images that all have', () => {
    const [a, b] = [rowsOf(4, 3, 1), rowsOf(4, 3, 2).filter((_, index) => index !== 1)]
    const mean = [...meanRows([a, b])]
    expect(mean.map(({ item }) => item)).toEqual([0, 6, 9])
    const [first] = mean
    first!.probabilities.forEach((value, label) =>
      expect(value).toBeCloseTo((a[0]!.probabilities[label]! + b[0]!.probabilities[label]!) / 2, 7),
    )
    const likelihood = (Math.exp(a[0]!.logProbability) + Math.exp(b[0]!.logProbability)) / 2
    expect(first!.logProbability).toBeCloseTo(Math.log(likelihood), 12)
  })

  test('of one is that one', () => {
    const rows = rowsOf(3, 4)
    const [mean] = [...meanRows([rows])]
    expect(mean!.probabilities).toEqual(rows[0]!.probabilities)
    expect(mean!.logProbability).toBeCloseTo(rows[0]!.logProbability, 12)
  })
})

test('agreement counts the same most probable classes among the images that both looked at', () => {
  const rows = rowsOf(5, 3)
  const other = rows.slice(1).map((row, index) => {
    if (index > 0) return row
    // The most probable class becomes the least.
    const turned = Float32Array.from(row.probabilities, (value) => (1 - value) / 2)
    return { ...row, probabilities: turned }
  })
  const differences = [...rows[1]!.probabilities].map((value, label) =>
    Math.abs(value - other[0]!.probabilities[label]!),
  )
  const largestDifference = Math.max(...differences)
  expect(agreement(rows, other)).toEqual({ images: 4, same: 3, largestDifference })
})
