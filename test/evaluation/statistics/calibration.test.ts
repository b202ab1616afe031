import { expect, test } from 'vitest'
import { calibrationOf } from '../../../core/evaluation/statistics/calibration.ts'
import {
  calibrationError,
  hitsOf,
  plainCalibrationError,
} from '../../../core/evaluation/statistics/calibrationError.ts'
import { topLabels } from '../../../core/evaluation/statistics/scores.ts'
import { calibrated, calibratedRow, fitTemperature } from '../../../core/evaluation/statistics/temperature.ts'
import { alone, fixture, scores } from './support.ts'

const options = { clusters: alone(scores.images), resampling: { seed: 1, resamples: 300 } }
const result = calibrationOf(scores, options)

test('expected and largest calibration error of the top label are as in netcal, for both binnings', () => {
  const { error, largest } = fixture.calibration
  expect(result.equalWidth.error).toBeCloseTo(error['equal-width'], 10)
  expect(result.equalMass.error).toBeCloseTo(error['equal-mass'], 10)
  expect(result.equalWidth.largest).toBeCloseTo(largest['equal-width'], 10)
  expect(result.equalMass.largest).toBeCloseTo(largest['equal-mass'], 10)
})

test('calibration errors of each class are as in netcal', () => {
  result.classes.forEach(({ equalWidth, equalMass }, label) => {
    expect(equalWidth).toBeCloseTo(fixture.calibration.classes[label]!['equal-width'], 10)
    expect(equalMass).toBeCloseTo(fixture.calibration.classes[label]!['equal-mass'], 10)
  })
})

test('the Brier score and the negative log-likelihood are as in NumPy', () => {
  expect(result.brier).toBeCloseTo(fixture.calibration.brier, 12)
  expect(result.negativeLogLikelihood).toBeCloseTo(fixture.negativeLogLikelihood, 12)
})

test('a confidence of exactly 1 is in the last bin', () => {
  const sure = hitsOf([1, 1, 1, 1], [1, 1, 1, 0])
  const { bins, error } = calibrationError(sure, 'equal-width', {
    clusters: alone(4),
    resampling: { seed: 0, resamples: 10 },
  })
  expect(bins.at(-1)).toMatchObject({ images: 4, confidence: 1, accuracy: 0.75, high: 1 })
  expect(error).toBe(0.25)
  expect(plainCalibrationError(sure, 'equal-mass')).toBe(0.25)
})

test('noise floor and bootstrap interval are those that NumPy draws, within what draws differ by', () => {
  const resampling = { seed: 5, resamples: 4000 }
  const { confidence, right } = topLabels(scores)
  for (const binning of ['equal-width', 'equal-mass'] as const) {
    const expected = fixture.uncertainty[binning]
    const outcomes = hitsOf(confidence, right)
    const clusters = alone(scores.images)
    const { noiseFloor, interval } = calibrationError(outcomes, binning, { clusters, resampling })
    // Four standard errors of a mean, and of quantiles (of a normal distribution) of that many draws.
    const { deviation, bootstrapDeviation } = expected
    expect(Math.abs(noiseFloor.mean - expected.mean)).toBeLessThan((4 * deviation) / Math.sqrt(4000))
    expect(Math.abs(noiseFloor.high - expected.high)).toBeLessThan((4 * 2.11 * deviation) / Math.sqrt(4000))
    const most = (4 * 2.67 * bootstrapDeviation) / Math.sqrt(4000)
    expect(Math.abs(interval.low - expected.interval[0])).toBeLessThan(most)
    expect(Math.abs(interval.high - expected.interval[1])).toBeLessThan(most)
  }
})

test('an over-confident network’s error is above the noise floor, and its interval holds it', () => {
  const { error, interval, noiseFloor } = result.equalWidth
  expect(error).toBeGreaterThan(noiseFloor.high)
  expect(noiseFloor.mean).toBeGreaterThan(0)
  expect(interval.low).toBeLessThan(error)
  expect(interval.high).toBeGreaterThan(interval.low)
  expect(calibrationOf(scores, options)).toEqual(result)
})

test('a perfectly calibrated network stays within its noise floor', () => {
  const confidence = Array.from({ length: 2000 }, (_, index) => (index + 0.5) / 2000)
  // Each tenth of the confidences comes true as often as it says.
  const right = confidence.map((value, index) => Number((index * 7919) % 1000 < value * 1000))
  const { error, noiseFloor } = calibrationError(hitsOf(confidence, right), 'equal-width', {
    clusters: alone(2000),
    resampling: { seed: 0, resamples: 200 },
  })
  expect(error).toBeLessThan(noiseFloor.high)
})

test('the temperature is the optimum that scipy finds, and lowers the loss', () => {
  const fit = fitTemperature(scores)
  expect(fit.temperature).toBeCloseTo(fixture.temperature.temperature, 6)
  expect(fit.before).toBeCloseTo(fixture.temperature.before, 10)
  expect(fit.after).toBeCloseTo(fixture.temperature.after, 10)
  const after = calibrationOf(calibrated(scores, fit.temperature), options)
  expect(after.negativeLogLikelihood).toBeCloseTo(fit.after, 6)
  expect(after.accuracy).toBe(result.accuracy)
  expect(after.equalWidth.error).toBeLessThan(result.equalWidth.error)
})

test('a row at a temperature keeps its order and sums to one; at temperature 1 it stays as it is', () => {
  const row = calibratedRow([0.7, 0.2, 0.1, 0], 2)
  expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
  expect(row[0]! / row[1]!).toBeCloseTo(Math.sqrt(3.5), 12)
  expect(row[3]).toBe(0)
  calibratedRow([0.7, 0.2, 0.1], 1).forEach((value, index) =>
    expect(value).toBeCloseTo([0.7, 0.2, 0.1][index]!, 12),
  )
})

test('where every answer is right no temperature is best', () => {
  const right = {
    ...scores,
    images: 2,
    labels: Uint32Array.of(0, 1),
    positions: Uint32Array.of(0, 1),
    classes: 2,
  }
  const sure = {
    ...right,
    probabilities: Float32Array.of(0.9, 0.1, 0.2, 0.8),
    logProbabilities: Float64Array.of(Math.log(0.9), Math.log(0.8)),
  }
  expect(() => fitTemperature(sure)).toThrow(/temperature/)
})
