import { expect, test } from 'vitest'
import { thresholdPoints, topErrors } from '../../../core/evaluation/statistics/answers.ts'
import { oneVersusRest } from '../../../core/evaluation/statistics/calibration.ts'
import {
  classAreas,
  meanAreas,
  precisionRecallCurve,
  rocCurve,
  thinned,
} from '../../../core/evaluation/statistics/curves.ts'
import { inRange, rangesOf, sliceResult } from '../../../core/evaluation/statistics/slices.ts'
import { settingDifference, spreadOf } from '../../../core/evaluation/statistics/seeds.ts'
import { studentQuantile } from '../../../core/evaluation/statistics/student.ts'
import { apart, fixture, scores, someScores } from './support.ts'

const classes = fixture.curves.map((expected, label) => ({
  expected,
  label,
  ...oneVersusRest(scores, label),
}))

test.each(classes)(
  'areas and curves of class $label are as in scikit-learn, ties included',
  ({ expected, score, truth }) => {
    const areas = classAreas(score, truth)
    if (expected === null) {
      expect(areas).toMatchObject({ positives: 0, rocArea: null, averagePrecision: null })
      expect(rocCurve(score, truth).x).toEqual([])
      expect(precisionRecallCurve(score, truth).x).toEqual([])
      return
    }
    expect(areas.rocArea).toBeCloseTo(expected.rocArea, 12)
    expect(areas.averagePrecision).toBeCloseTo(expected.averagePrecision, 12)
    const roc = rocCurve(score, truth)
    expect([roc.x, roc.y]).toEqual(
      expected.roc.map((values) => values.map((value) => expect.closeTo(value, 12))),
    )
    const { x, y } = precisionRecallCurve(score, truth)
    // scikit-learn stops where recall is complete.
    const end = x.indexOf(1) + 1
    expect([x.slice(0, end), y.slice(0, end)]).toEqual(
      expected.precisionRecall.map((values) =>
        values.slice(0, end).map((value) => expect.closeTo(value, 12)),
      ),
    )
  },
)

test('mean areas are over classes that have them, and none where images are of one class', () => {
  const areas = classes.filter(({ expected }) => expected !== null)
  const found = meanAreas(classes.map(({ score, truth }) => classAreas(score, truth)))
  const sum = areas.reduce((total, { expected }) => total + expected!.rocArea, 0)
  expect(found.classes).toBe(areas.length)
  expect(found.rocArea).toBeCloseTo(sum / areas.length, 12)
  const one = [classAreas([0.9, 0.8], [1, 1]), classAreas([0.1, 0.2], [0, 0])]
  expect(meanAreas(one)).toEqual({ classes: 0, rocArea: null, averagePrecision: null })
})

test('a thinned curve keeps its ends and few points', () => {
  const x = Array.from({ length: 5000 }, (_, index) => index / 4999)
  const few = thinned({ x, y: x, threshold: x }, 100)
  expect(few.x.length).toBeLessThanOrEqual(101)
  expect([few.x[0], few.x.at(-1)]).toEqual([0, 1])
})

test('the top-k curve is as in scikit-learn, and at last no image is wrong', () => {
  const untied = someScores(
    scores,
    Array.from({ length: scores.images - 60 }, (_, image) => image + 60),
  )
  const errors = topErrors(untied)
  fixture.top.forEach((accuracy, index) => expect(1 - errors[index]!).toBeCloseTo(accuracy, 12))
  expect(errors.at(-1)).toBe(0)
})

test('a threshold answers some images, and of these it says how many are right', () => {
  const two = {
    images: 4,
    classes: 2,
    positions: Uint32Array.of(0, 1, 2, 3),
    labels: Uint32Array.of(0, 0, 1, 1),
    probabilities: Float32Array.of(0.9, 0.1, 0.4, 0.6, 0.05, 0.95, 0.5, 0.5),
    logProbabilities: new Float64Array(4),
  }
  const [all, some, none] = thresholdPoints(two, [0, 0.9, 0.99])
  expect(all).toMatchObject({ answered: 4, coverage: 1, accuracy: 0.5 })
  expect(some).toMatchObject({ answered: 2, coverage: 0.5, accuracy: 1 })
  expect(none).toMatchObject({ answered: 0, accuracy: null, interval: null })
})

test('spread and Welch’s interval over seeds are as in SciPy', () => {
  const { first, second, deviations, interval, quantiles } = fixture.seeds
  const found = settingDifference(first, second)
  expect(found.first.deviation).toBeCloseTo(deviations[0], 12)
  expect(found.second.deviation).toBeCloseTo(deviations[1], 12)
  expect(found.interval!.low).toBeCloseTo(interval[0], 9)
  expect(found.interval!.high).toBeCloseTo(interval[1], 9)
  for (const [degrees, value] of quantiles)
    expect(apart(studentQuantile(0.975, degrees), value)).toBeLessThan(1e-9)
  expect(spreadOf([0.2])).toEqual({ n: 1, mean: 0.2, deviation: null })
  expect(settingDifference([0.2], second).interval).toBeNull()
})

test('ranges hold about as many images each, every image once, and equal values together', () => {
  const values = Array.from({ length: 101 }, (_, index) => index)
  const ranges = rangesOf(values)
  expect(ranges).toHaveLength(4)
  const counts = ranges.map((range) => values.filter((value) => inRange(value, range)).length)
  expect(counts).toEqual([25, 25, 25, 26])
  expect(rangesOf([5, 5, 5])).toEqual([{ low: 5, high: 5, last: true }])
  expect(rangesOf([])).toEqual([])
})

test('a slice says its images, errors and interval; an empty one none', () => {
  expect(sliceResult([0, 2, 3], [1, 1, 0, 1])).toMatchObject({ images: 3, errors: 1, error: 1 / 3 })
  expect(sliceResult([], [1])).toEqual({ images: 0, errors: 0, error: null, interval: null })
})
