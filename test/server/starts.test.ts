import { expect, test } from 'vitest'
import { startsOf } from '../../core/server/queue/starts.ts'
import type { QueuedJob } from '../../core/server/queue/types.ts'

const job = (id: string, state: QueuedJob['state'], more: object = {}): QueuedJob =>
  ({ id, state, lane: 'cpu', held: false, progress: null, ...more }) as unknown as QueuedJob

test('a waiting job starts after what is left of the one that runs, and after those ahead of it', async () => {
  const jobs = [
    job('j2', 'queued'),
    job('j3', 'queued', { held: true }),
    job('j4', 'queued'),
    job('j5', 'queued', { lane: 'gpu' }),
    job('j1', 'running', { progress: { secondsLeft: 90 } }),
    job('j0', 'completed'),
  ]
  const starts = await startsOf(jobs, () => Promise.resolve(60))
  expect(starts).toEqual({ j2: 90, j3: null, j4: 150, j5: 0 })
})

test('what cannot be told is not guessed', async () => {
  const [first, second, running] = [job('j2', 'queued'), job('j3', 'queued'), job('j1', 'running')]
  expect(await startsOf([first, running], () => Promise.resolve(60))).toEqual({ j2: null })
  expect(await startsOf([first, second], () => Promise.resolve(null))).toEqual({ j2: 0, j3: null })
})

test('what the last of a lane takes is not asked for', async () => {
  const asked: string[] = []
  const jobs = [
    job('j2', 'queued'),
    job('j3', 'queued'),
    job('j1', 'running', { progress: { secondsLeft: 5 } }),
  ]
  await startsOf(jobs, ({ id }) => {
    asked.push(id)
    return Promise.resolve(60)
  })
  expect(asked).toEqual(['j2'])
})
