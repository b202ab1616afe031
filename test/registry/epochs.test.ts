import { expect, test } from 'vitest'
import { bestEpoch } from '../../core/training/best.ts'
import type { EpochRecord } from '../../core/training/events.ts'
import { registryWithRun } from './sample.ts'

const record = (epoch: number, top1Error: number | null, loss = 1): EpochRecord => ({
  epoch,
  trainingLoss: 2,
  trainingError: 0.5,
  validation: top1Error === null ? null : { loss, top1Error, top5Error: null },
  ...{ learningRate: 0.01, imagesPerSecond: 100, dataWait: 0, seconds: 1 },
})

test('What came of a run is counted, with its best epoch and its last', () => {
  const { registry, run } = registryWithRun()
  const summary = () => registry.epochs.summary<EpochRecord>(run.id)
  expect(summary()).toEqual({ epochs: 0, best: null, last: null })
  registry.epochs.put(run.id, record(1, null))
  expect(summary()).toEqual({ epochs: 1, best: null, last: record(1, null) })
  // The lowest error; of equal ones the lowest loss; of those the first.
  const rest = [
    record(2, 0.4, 0.1),
    record(3, 0.3, 2),
    record(4, 0.3, 0.9),
    record(5, 0.3, 0.9),
    record(10, 0.31),
  ]
  for (const epoch of rest) registry.epochs.put(run.id, epoch)
  expect(summary()).toEqual({ epochs: 6, best: record(4, 0.3, 0.9), last: record(10, 0.31) })
  expect(bestEpoch(registry.epochs.list<EpochRecord>(run.id))?.epoch).toBe(4)
  registry.epochs.forgetAfter(run.id, 3)
  expect(summary()).toMatchObject({ epochs: 3, best: { epoch: 3 }, last: { epoch: 3 } })
})
