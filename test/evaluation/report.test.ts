import { describe, expect, test } from 'vitest'
import { logProbability } from '../../core/evaluation/metrics.ts'
import { openReport, type ReportInput } from '../../core/evaluation/report.ts'
import type { Evaluation, Failure, Protocol } from '../../core/evaluation/types.ts'

const protocol: Protocol = { views: 'dense', scales: [256, 384], flips: true, crop: 224, mode: 'crop' }

function input(labels: readonly number[], classes: number) {
  return {
    protocol,
    items: labels.map((label, index) => ({ path: `/images/${index}.png`, label })),
    classes: Array.from({ length: classes }, (_, label) => `class ${label}`),
  }
}

/** images × classes; the rows of failures mean nothing. */
interface Probabilities {
  readonly values: Float64Array
  readonly classes: number
  readonly failures: readonly Failure[]
}

function report({ values, classes, failures }: Probabilities, of: ReportInput): Evaluation {
  const opened = openReport(of)
  of.items.forEach(({ label }, item) => {
    if (failures.some((failure) => failure.item === item)) return
    const row = values.subarray(item * classes, (item + 1) * classes)
    const probabilities = Float32Array.from(row)
    opened.add({ item, probabilities, logProbability: logProbability(row[label]!) })
  })
  return opened.evaluation(failures)
}

describe('an evaluation’s report', () => {
  const probabilities = {
    classes: 3,
    values: Float64Array.of(0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0, 0, 0, 0.25, 0.5, 0.25),
    failures: [{ item: 2, path: '/images/2.png', reason: 'It is empty.' }],
  }
  const evaluation = report(probabilities, input([0, 0, 1, 2], 3))

  test('counts only the images that could be evaluated', () => {
    expect(evaluation.images).toBe(3)
    expect(evaluation.top1Error).toBeCloseTo(2 / 3, 12)
    expect(evaluation.confusion).toEqual([
      [1, 1, 0],
      [0, 0, 0],
      [0, 1, 0],
    ])
    expect(evaluation.predictions.map(({ item }) => item)).toEqual([0, 1, 3])
    expect(evaluation.failures).toEqual(probabilities.failures)
  })

  test('has the protocol beside the number', () => {
    expect(evaluation.protocolText).toBe('Dense, scales 256 384, flipped')
    expect(evaluation.protocol).toEqual(protocol)
  })

  test('has an interval around the top-1 error', () => {
    expect(evaluation.top1Interval.low).toBeLessThan(2 / 3)
    expect(evaluation.top1Interval.high).toBeGreaterThan(2 / 3)
  })

  test('has the mean negative log-likelihood as loss', () => {
    expect(evaluation.loss).toBeCloseTo(-(Math.log(0.7) + Math.log(0.1) + Math.log(0.25)) / 3, 12)
  })

  test('names each class beside its scores', () => {
    expect(evaluation.classes[1]).toEqual({
      name: 'class 1',
      images: 0,
      precision: 0,
      recall: null,
      f1: 0,
    })
  })

  test('is the same after a journey through JSON', () => {
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation)
  })

  test('has no top-5 error with five classes, and has one with six', () => {
    const uniform = (classes: number) => ({
      classes,
      values: Float64Array.from({ length: classes }, (_, label) => (label + 1) / classes ** 2),
      failures: [],
    })
    expect(report(uniform(5), input([0], 5)).top5Error).toBeNull()
    expect(report(uniform(6), input([0], 6)).top5Error).toBe(1)
    expect(report(uniform(6), input([1], 6)).top5Error).toBe(0)
  })

  test('is refused when no image could be loaded', () => {
    const failures = [{ item: 0, path: '/images/0.png', reason: 'It is empty.' }]
    expect(() => report({ classes: 2, values: new Float64Array(2), failures }, input([0], 2))).toThrowError(
      expect.objectContaining({ code: 'nothing-to-evaluate' }),
    )
  })
})
