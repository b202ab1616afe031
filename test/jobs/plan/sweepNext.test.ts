import { expect, test } from 'vitest'
import { nextStretch, rounds, survivors, type StepProgress } from '../../../core/jobs/plan/sweepNext.ts'
import type { RunStatus } from '../../../core/registry/types.ts'

/** A run with these validation errors, epoch by epoch. */
const tried = (errors: readonly number[], status: RunStatus = 'stopped'): StepProgress => ({
  run: { id: 'r1', status },
  records: errors.map((top1Error, index) => ({
    epoch: index + 1,
    trainingLoss: top1Error,
    validation: { top1Error, top5Error: null, loss: top1Error, images: 10 },
  })) as unknown as StepProgress['records'],
})
const nothing: StepProgress = { run: null, records: [] }
const halving = { factor: 2, first: 2 }

test('rounds grow by the factor, and end before the run does; of each at least one goes on', () => {
  expect(rounds({ factor: 3, first: 2 }, 20)).toEqual([2, 6, 18])
  expect(rounds({ factor: 2, first: 8 }, 8)).toEqual([])
  expect(rounds(null, 20)).toEqual([])
  expect(survivors(9, { factor: 3, first: 2 }, 3)).toEqual([3, 1, 1])
})

test('without halving each is trained to its end, in their order; one that failed is passed over', () => {
  expect(nextStretch([nothing, nothing], null, 8)).toEqual({ step: 0, until: null })
  expect(nextStretch([tried([0.5], 'failed'), nothing], null, 8)).toEqual({ step: 1, until: null })
  expect(nextStretch([tried([0.5], 'completed'), tried([0.4], 'interrupted')], null, 8)).toEqual({
    step: 1,
    until: null,
  })
  expect(nextStretch([tried([], 'failed'), tried([0.4], 'completed')], null, 8)).toBeNull()
})

test('of each round the better half goes on, by what it reached in the round’s epochs', () => {
  const first = [tried([0.9, 0.5]), tried([0.6, 0.4]), tried([0.8, 0.7]), nothing]
  expect(nextStretch(first, halving, 8)).toEqual({ step: 3, until: 2 })
  const second = [...first.slice(0, 3), tried([0.3, 0.6])]
  expect(nextStretch(second, halving, 8)).toEqual({ step: 3, until: 4 })
  const third = second.with(1, tried([0.6, 0.4, 0.4, 0.4])).with(3, tried([0.3, 0.6, 0.2, 0.2]))
  expect(nextStretch(third, halving, 8)).toEqual({ step: 3, until: null })
  expect(nextStretch(third.with(3, tried([0.3, 0.2], 'completed')), halving, 8)).toBeNull()
})

test('where errors are the same the loss decides, and a run that failed is out', () => {
  const same = [tried([0.5, 0.5], 'failed'), tried([0.9, 0.9])]
  expect(nextStretch(same, halving, 4)).toEqual({ step: 1, until: null })
})
