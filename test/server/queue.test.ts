import { writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { processRunner } from '../../core/jobs/process/processRunner.ts'
import { openHub } from '../../core/server/events/hub.ts'
import { openQueue } from '../../core/server/queue/queue.ts'
import { queueStore } from '../../core/server/queue/store.ts'
import { remove, temporaryFolder } from './support.ts'
import { english } from '../../core/messages/en/index.ts'
import { shown } from '../../core/messages/shown.ts'

const home = temporaryFolder()
const folder = join(home, 'server')
let context: JobContext

beforeAll(() => {
  context = openContext({ home })
  mkdirSync(folder)
})
afterAll(() => {
  context.registry.close()
  remove(home)
})

const reopened = () =>
  openQueue({
    ...context,
    hub: openHub(),
    runner: processRunner,
    store: queueStore(folder),
    preferredDevice: () => 'cpu',
  })

/** As long as a job works: it waits for a folder that is none. */
const stored = (id: string, more: object = {}) => ({
  ...{
    id,
    kind: 'import',
    input: { source: join(home, 'nothing') },
    title: 'Import nothing',
    lane: 'import',
  },
  ...{ run: null, dataset: null, created: '2026-01-01T00:00:00.000Z', started: '2026-01-01T00:00:01.000Z' },
  ...more,
})

test('a job that works is stored until it has ended', async () => {
  const queue = await reopened()
  const job = await queue.add('import', { source: join(home, 'nothing') })
  const file = await queueStore(folder).load()
  expect(file.unfinished).toMatchObject([{ id: job.id, kind: 'import' }])
  await Array.fromAsync(queue.said(job.id, new AbortController().signal))
  await queue.close()
  expect(queue.get(job.id).state).toBe('failed')
  expect(await queueStore(folder).load()).toMatchObject({ unfinished: [], waiting: [] })
})

test('what a killed server was at comes back as interrupted, stays until it is dismissed, and can be done again', async () => {
  const training = { kind: 'train', input: { dataset: 'd1', recipe: {} }, title: 'Train A', run: 'r7' }
  const file = { version: 1, next: 9, waiting: [], unfinished: [stored('j7'), stored('j8', training)] }
  writeFileSync(join(folder, 'queue.json'), JSON.stringify(file))
  for (let start = 0; start < 2; start++) {
    const queue = await reopened()
    expect(queue.list().map(({ id, state, error }) => [id, state, error?.code])).toEqual([
      ['j8', 'interrupted', 'studio-killed'],
      ['j7', 'interrupted', 'studio-killed'],
    ])
    expect(() => queue.result('j7')).toThrow(expect.objectContaining({ code: 'studio-killed' }))
    await queue.close()
  }
  const queue = await reopened()
  const again = await queue.again('j7')
  expect(shown(again, english)).toMatchObject({ id: 'j9', kind: 'import', title: 'Import nothing' })
  // A training that has a run continues it; this one's row is gone.
  await expect(queue.again('j8')).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('r7'),
  })
  queue.dismiss('j8')
  await queue.close()
  expect(await queueStore(folder).load()).toMatchObject({ next: 10, unfinished: [] })
})

test('a queue that an earlier version stored opens', async () => {
  writeFileSync(join(folder, 'queue.json'), JSON.stringify({ version: 1, next: 3, waiting: [] }))
  const queue = await reopened()
  expect(queue.list()).toEqual([])
  await queue.close()
})
