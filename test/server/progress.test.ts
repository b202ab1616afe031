import { expect, test } from 'vitest'
import type { JobEvent } from '../../core/jobs/recording/events.ts'
import { openHub } from '../../core/server/events/hub.ts'
import { progressOf } from '../../core/server/queue/progress.ts'
import { relay } from '../../core/server/queue/relay.ts'
import type { QueuedJob } from '../../core/server/queue/types.ts'

const trial = (done: number): JobEvent => ({
  ...{ event: 'progress', phase: 'calibrate', done, total: 2, secondsLeft: 4, detail: 'TensorFlow CPU' },
})
const epoch = (phase: 'training' | 'validation', imagesDone: number): JobEvent =>
  ({
    ...{ event: 'progress', phase, epoch: 2, epochs: 4, imagesDone, images: 100 },
    ...{ imagesPerSecond: 10, dataWait: 0, secondsLeft: 30 },
  }) as JobEvent

test('trials are shown as what they are: what is tried, of how many, and no part of the run’s bar', () => {
  const { fraction, ...shown } = progressOf(trial(1))!
  expect(fraction).toBeNull()
  expect(shown).toEqual({
    ...{ phase: 'calibrate', done: 1, total: 2, secondsLeft: 4, detail: 'TensorFlow CPU' },
  })
})

test('the bar of a run only climbs, through training and validation, whose counter moves', () => {
  const events = [
    ...[0, 50, 100].map((done) => epoch('training', done)),
    ...[0, 40, 100].map((done) => epoch('validation', done)),
  ]
  const shown = events.map((event) => progressOf(event)!)
  expect(shown.map(({ phase, done, total }) => [phase, done, total]).slice(3)).toEqual([
    ['validation', 0, 100],
    ['validation', 40, 100],
    ['validation', 100, 100],
  ])
  const fractions = shown.map(({ fraction }) => fraction!)
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect(fractions[0]).toBe(0.25)
  expect(fractions.at(-1)).toBe(0.5)
})

test('a job’s progress changes a few times a second, at once where another phase begins', () => {
  let job = { progress: null } as QueuedJob
  const changes: QueuedJob['progress'][] = []
  const change = (more: Partial<QueuedJob>): void => {
    job = { ...job, ...more }
    changes.push(job.progress)
  }
  const say = relay({ hub: openHub(), job: () => job, change, interval: 60_000 })
  for (const event of [
    trial(0),
    trial(1),
    epoch('training', 0),
    epoch('training', 50),
    epoch('validation', 1),
  ])
    say(event)
  expect(changes.map((progress) => progress?.phase)).toEqual(['calibrate', 'training', 'validation'])
})
