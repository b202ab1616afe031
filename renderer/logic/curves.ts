import type { LiveTrainingEvent } from '../../core/jobs/recording/events.ts'
import type { EpochRecord } from '../../core/training/events.ts'
import type { StepCurve } from '../../core/server/api/types.ts'
import { keptIndices, valuesAt } from './downsample.ts'

/** Columns of a curve by update, in the server's form, growing while a run trains. */
export type Steps = Omit<StepCurve, 'total'>
type StepEvent = Extract<LiveTrainingEvent, { event: 'step' }>
type Column = readonly (number | null | undefined)[]

export const noSteps: Steps = {
  step: [],
  epoch: [],
  loss: [],
  error: [],
  learningRate: [],
  imagesPerSecond: [],
  dataWait: [],
  memory: [],
  deviceMemory: [],
}

/** How many points are kept before the curve is thinned to half of them. */
const most = 6000

/** The curve with an update that has just happened. One that is known already changes nothing. */
export function withStep(steps: Steps, event: StepEvent): Steps {
  if (event.step <= (steps.step.at(-1) ?? 0)) return steps
  const next: Steps = {
    step: [...steps.step, event.step],
    epoch: [...steps.epoch, event.epoch - 1 + event.imagesDone / Math.max(1, event.images)],
    loss: [...steps.loss, event.loss],
    error: [...steps.error, event.error],
    learningRate: [...steps.learningRate, event.learningRate],
    imagesPerSecond: [...steps.imagesPerSecond, event.imagesPerSecond],
    dataWait: [...steps.dataWait, event.dataWait],
    memory: [...steps.memory, event.memory.process],
    deviceMemory: [...steps.deviceMemory, event.memory.device],
  }
  return next.step.length > most ? thinned(next, most / 2) : next
}

/** What the server has kept, with what happened while its answer was on its way. */
export function withTail(kept: Steps, shown: Steps): Steps {
  const last = kept.step.at(-1) ?? 0
  const later = shown.step.flatMap((step, index) => (step > last ? [index] : []))
  if (later.length === 0) return kept
  const joined = <Value>(key: (steps: Steps) => readonly Value[]): Value[] => [
    ...key(kept),
    ...valuesAt(key(shown), later),
  ]
  return {
    step: joined(({ step }) => step),
    epoch: joined(({ epoch }) => epoch),
    loss: joined(({ loss }) => loss),
    error: joined(({ error }) => error),
    learningRate: joined(({ learningRate }) => learningRate),
    imagesPerSecond: joined(({ imagesPerSecond }) => imagesPerSecond),
    dataWait: joined(({ dataWait }) => dataWait),
    memory: joined(({ memory }) => memory),
    deviceMemory: joined(({ deviceMemory }) => deviceMemory),
  }
}

function thinned(steps: Steps, points: number): Steps {
  const kept = keptIndices(steps.step, [steps.loss, steps.error, steps.memory], points)
  return {
    step: valuesAt(steps.step, kept),
    epoch: valuesAt(steps.epoch, kept),
    loss: valuesAt(steps.loss, kept),
    error: valuesAt(steps.error, kept),
    learningRate: valuesAt(steps.learningRate, kept),
    imagesPerSecond: valuesAt(steps.imagesPerSecond, kept),
    dataWait: valuesAt(steps.dataWait, kept),
    memory: valuesAt(steps.memory, kept),
    deviceMemory: valuesAt(steps.deviceMemory, kept),
  }
}

/** Curves over x values of their own, on one ascending axis. Where a curve has no point it is undefined. */
export function aligned(curves: readonly { readonly x: readonly number[]; readonly y: Column }[]): {
  readonly x: number[]
  readonly y: (number | null | undefined)[][]
} {
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b)
  const place = new Map(x.map((value, index) => [value, index]))
  const y = curves.map((curve) => {
    const column = new Array<number | null | undefined>(x.length).fill(undefined)
    curve.x.forEach((value, index) => (column[place.get(value)!] = curve.y[index]))
    return column
  })
  return { x, y }
}

/**
 * The exponential mean of a curve, each point weighing `1 − weight` of the mean, without the pull of its start towards 0.
 * Gaps stay gaps.
 */
export function smoothed(column: Column, weight = 0.9): (number | null | undefined)[] {
  let [mean, share] = [0, 0]
  return column.map((value) => {
    if (value == null || !Number.isFinite(value)) return value
    mean = weight * mean + (1 - weight) * value
    share = weight * share + (1 - weight)
    return mean / share
  })
}

/** The value at an index, or the nearest before it that there is. */
export function valueAt(column: Column, index: number): number | undefined {
  for (let at = Math.min(index, column.length - 1); at >= 0; at--) {
    const value = column[at]
    if (value != null) return value
  }
  return undefined
}

/** Epoch means of the training set and the validation set's values, by epoch. */
export function epochColumns(epochs: readonly EpochRecord[]) {
  return {
    x: epochs.map(({ epoch }) => epoch),
    trainingLoss: epochs.map(({ trainingLoss }) => trainingLoss),
    trainingError: epochs.map(({ trainingError }) => trainingError),
    validationLoss: epochs.map(({ validation }) => validation?.loss),
    validationError: epochs.map(({ validation }) => validation?.top1Error),
  }
}
