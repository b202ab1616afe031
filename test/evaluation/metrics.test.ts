import { describe, expect, test } from 'vitest'
import {
  classScores,
  confusionMatrix,
  logProbability,
  macroAverage,
  mean,
  ranking,
  topError,
  wilsonInterval,
} from '../../core/evaluation/metrics.ts'
import { random } from '../../core/base/random.ts'

const predicted = (rows: readonly (readonly number[])[], labels: readonly number[]) =>
  rows.map((row, item) => ({ item, label: labels[item]!, top: ranking(row, 5, labels[item]!) }))

describe('ranking', () => {
  test('lists the most probable classes first', () => {
    expect(ranking([0.1, 0.5, 0.15, 0.25], 3)).toEqual([
      { label: 1, probability: 0.5 },
      { label: 3, probability: 0.25 },
      { label: 2, probability: 0.15 },
    ])
  })

  test('has as many entries as there are classes when more are asked for', () => {
    expect(ranking([0.4, 0.6], 5)).toHaveLength(2)
  })

  test('agrees with a full sort on random probabilities', () => {
    const source = random(7)
    for (let round = 0; round < 50; round++) {
      const row = Array.from({ length: 40 }, () => source.uniform())
      const sorted = row.map((_, index) => index).sort((a, b) => row[b]! - row[a]!)
      expect(ranking(row, 5).map((entry) => entry.label)).toEqual(sorted.slice(0, 5))
    }
  })

  test('puts the lower index first among equals', () => {
    expect(ranking([0.2, 0.4, 0.4], 3).map((entry) => entry.label)).toEqual([1, 2, 0])
  })

  test('puts the true class last among its equals', () => {
    expect(ranking([0.4, 0.4, 0.2], 3, 0).map((entry) => entry.label)).toEqual([1, 0, 2])
    expect(ranking([0.4, 0.2, 0.4], 2, 2).map((entry) => entry.label)).toEqual([0, 2])
  })
})

describe('top-k error', () => {
  test('counts the images whose class is not among the k most probable', () => {
    const rows = [
      [0.5, 0.2, 0.1, 0.09, 0.06, 0.05],
      [0.5, 0.2, 0.1, 0.09, 0.06, 0.05],
      [0.5, 0.2, 0.1, 0.09, 0.06, 0.05],
      [0.5, 0.2, 0.1, 0.09, 0.06, 0.05],
    ]
    const predictions = predicted(rows, [0, 1, 4, 5])
    expect(topError(predictions, 1)).toBe(0.75)
    expect(topError(predictions, 5)).toBe(0.25)
  })

  test('a network that says the same of every class is wrong about every image', () => {
    const labels = Array.from({ length: 10 }, (_, label) => label)
    const predictions = predicted(
      labels.map(() => new Array<number>(10).fill(0.1)),
      labels,
    )
    expect(topError(predictions, 1)).toBe(1)
    expect(topError(predictions, 5)).toBe(1)
    const confusion = confusionMatrix(predictions, 10)
    expect(labels.map((label) => confusion[label]![label])).toEqual(new Array<number>(10).fill(0))
  })
})

describe('confusion matrix', () => {
  const rows = [
    [0.7, 0.2, 0.1],
    [0.2, 0.7, 0.1],
    [0.2, 0.7, 0.1],
    [0.9, 0.05, 0.05],
    [0.6, 0.3, 0.1],
  ]
  const predictions = predicted(rows, [0, 0, 1, 1, 1])

  test('counts by true class, then by predicted class', () => {
    expect(confusionMatrix(predictions, 3)).toEqual([
      [1, 1, 0],
      [2, 1, 0],
      [0, 0, 0],
    ])
  })

  test('its diagonal gives the top-1 accuracy', () => {
    const confusion = confusionMatrix(predictions, 3)
    const right = confusion.reduce((total, row, label) => total + row[label]!, 0)
    expect(1 - right / predictions.length).toBeCloseTo(topError(predictions, 1), 12)
  })

  test('precision, recall and F1 follow from it', () => {
    const [first, second] = classScores(confusionMatrix(predictions, 3))
    expect(first).toEqual({ images: 2, precision: 1 / 3, recall: 1 / 2, f1: 0.4 })
    expect(second).toEqual({ images: 3, precision: 1 / 2, recall: 1 / 3, f1: 0.4 })
  })

  test('scores of a class without images that is never predicted are undefined', () => {
    expect(classScores(confusionMatrix(predictions, 3))[2]).toEqual({
      images: 0,
      precision: null,
      recall: null,
      f1: null,
    })
  })

  test('a class that is never predicted has no precision, and F1 0', () => {
    const [, second] = classScores([
      [3, 0],
      [2, 0],
    ])
    expect(second).toEqual({ images: 2, precision: null, recall: 0, f1: 0 })
  })

  test('a predicted class without images has precision 0 and no recall', () => {
    const [first] = classScores([
      [0, 0],
      [2, 1],
    ])
    expect(first).toEqual({ images: 0, precision: 0, recall: null, f1: 0 })
  })
})

describe('macro averages', () => {
  test('leave out classes without images', () => {
    const scores = classScores([
      [4, 0, 0],
      [0, 4, 0],
      [0, 0, 0],
    ])
    expect(macroAverage(scores)).toEqual({ precision: 1, recall: 1, f1: 1 })
  })

  test('are not raised by a class that is never predicted', () => {
    const scores = classScores([
      [4, 0],
      [4, 0],
    ])
    expect(macroAverage(scores)).toEqual({ precision: 0.25, recall: 0.5, f1: 1 / 3 })
  })
})

describe('95% interval', () => {
  // Reference: the roots of (p − p̂)² = z² p (1 − p) / n, computed in Python.
  test.each([
    [10, 100, 0.05522914, 0.17436566],
    [0, 20, 0, 0.16112516],
    [20, 20, 0.83887484, 1],
    [300, 1204, 0.22556135, 0.27437302],
  ])('of %i errors in %i images is [%f, %f]', (errors, images, low, high) => {
    const interval = wilsonInterval(errors, images)
    expect(interval.low).toBeCloseTo(low, 7)
    expect(interval.high).toBeCloseTo(high, 7)
  })
})

describe('log loss', () => {
  test('is the mean negative logarithm of the true class’s probability', () => {
    expect(-mean([0.5, 0.25].map(logProbability))).toBeCloseTo((Math.LN2 + 2 * Math.LN2) / 2, 12)
  })

  test('stays finite when a probability underflows', () => {
    expect(-logProbability(0)).toBeCloseTo(744.44, 2)
  })
})
