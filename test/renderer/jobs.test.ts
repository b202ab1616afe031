import { beforeEach, expect, test } from 'vitest'
import type * as Jobs from '../../renderer/state/jobs.svelte.ts'
import type * as Toasts from '../../renderer/state/toasts.svelte.ts'
import type { Job } from '../../core/server/queue/types.ts'
import { openFakeWindow, settle, stream } from './window.ts'

const job = (id: string, state: Job['state']): Job => ({ id, state, kind: 'train', title: id }) as Job

let page: ReturnType<typeof openFakeWindow>
let state: typeof Jobs
let toasts: typeof Toasts.toasts

beforeEach(async () => {
  page = openFakeWindow()
  state = await import('../../renderer/state/jobs.svelte.ts')
  ;({ toasts } = await import('../../renderer/state/toasts.svelte.ts'))
  state.followJobs()
})

/** The window has just opened, and the server has these jobs. */
async function opened(...list: readonly Job[]): Promise<void> {
  stream.tell({ type: 'hello' })
  await settle()
  page.asked.shift()!.answer({ jobs: list })
  await settle()
}
const ids = (list: readonly Job[]): string[] => list.map(({ id }) => id)

test('shows what works before what waits, and nothing that has ended', async () => {
  await opened(job('j1', 'queued'), job('j2', 'completed'), job('j3', 'running'), job('j4', 'queued'))
  expect(ids(state.jobs.active)).toEqual(['j3', 'j1', 'j4'])
  expect(ids(state.jobs.waiting)).toEqual(['j1', 'j4'])
  expect(state.job('j2')?.state).toBe('completed')
  expect(state.job('j9')).toBeUndefined()
})

test('follows the server: jobs change, come, are moved and go', async () => {
  await opened(job('j1', 'running'), job('j2', 'queued'), job('j3', 'queued'))
  stream.tell({ type: 'job', job: job('j1', 'completed') })
  stream.tell({ type: 'job', job: job('j4', 'queued') })
  expect(ids(state.jobs.waiting)).toEqual(['j2', 'j3', 'j4'])
  stream.tell({ type: 'queue', order: ['j4', 'j3', 'j2'] })
  expect(ids(state.jobs.waiting)).toEqual(['j4', 'j3', 'j2'])
  stream.tell({ type: 'job-removed', job: 'j3' })
  expect(ids(state.jobs.waiting)).toEqual(['j4', 'j2'])
})

test('asks for all jobs again where events were missed', async () => {
  await opened(job('j1', 'running'))
  stream.tell({ type: 'reset' })
  await settle()
  page.asked.shift()!.answer({ jobs: [job('j1', 'completed'), job('j2', 'running')] })
  await settle()
  expect(ids(state.jobs.active)).toEqual(['j2'])
})

test('an answer that is older than the last event does not bring an ended job back', async () => {
  await opened(job('j1', 'running'))
  const paused = state.pauseJob('j1')
  await settle()
  expect(page.asked[0]).toMatchObject({ method: 'POST', path: '/api/jobs/j1/pause' })
  stream.tell({ type: 'job', job: job('j1', 'stopped') })
  page.asked[0]!.answer({ job: job('j1', 'pausing') })
  await paused
  expect(state.job('j1')?.state).toBe('stopped')
})

test('a moved job is in its place at once; where the server refuses, the order is the server’s', async () => {
  await opened(job('j1', 'queued'), job('j2', 'queued'), job('j3', 'queued'))
  const moved = state.moveJob('j3', 0)
  expect(ids(state.jobs.waiting)).toEqual(['j3', 'j1', 'j2'])
  await settle()
  expect(page.asked[0]).toMatchObject({ method: 'PUT', body: { order: ['j3', 'j1', 'j2'] } })
  page.asked.shift()!.answer({ error: { code: 'unknown-job', message: 'There is no job j3.' } }, 404)
  await settle()
  page.asked.shift()!.answer({ jobs: [job('j1', 'queued'), job('j2', 'queued')] })
  await moved
  expect(ids(state.jobs.waiting)).toEqual(['j1', 'j2'])
  expect(toasts.list.map(({ message }) => message)).toEqual(['There is no job j3.'])
})

test('two moves reach the server one after the other, and the answer to the first does not undo the second', async () => {
  await opened(job('j1', 'queued'), job('j2', 'queued'), job('j3', 'queued'))
  const first = state.moveJob('j3', 0)
  const second = state.moveJob('j2', 1)
  await settle()
  expect(page.asked.map(({ body }) => body)).toEqual([{ order: ['j3', 'j1', 'j2'] }])
  page.asked.shift()!.answer({ order: ['j3', 'j1', 'j2'] })
  await first
  expect(ids(state.jobs.waiting)).toEqual(['j3', 'j2', 'j1'])
  await settle()
  expect(page.asked.map(({ body }) => body)).toEqual([{ order: ['j3', 'j2', 'j1'] }])
  page.asked.shift()!.answer({ order: ['j3', 'j2', 'j1'] })
  await second
  expect(ids(state.jobs.waiting)).toEqual(['j3', 'j2', 'j1'])
})
