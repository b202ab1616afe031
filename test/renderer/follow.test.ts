import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { StreamMessage } from '../../core/server/events/types.ts'
import type { Job } from '../../core/server/queue/types.ts'

/** What the state modules ask for, answered when the test says so. */
interface Asked {
  readonly path: string
  readonly body: string
  answer(body: unknown, status?: number): void
}
const asked: Asked[] = []
const listeners = new Set<(message: StreamMessage) => void>()
const tell = (message: object): void => listeners.forEach((listener) => listener(message as StreamMessage))
vi.mock('../../renderer/state/events.svelte.ts', () => ({
  listen(listener: (message: StreamMessage) => void) {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}))

beforeEach(() => {
  vi.resetModules()
  vi.useFakeTimers()
  asked.length = 0
  listeners.clear()
  vi.stubGlobal('location', { origin: 'http://studio', href: 'http://studio/runs?tag=a' })
  vi.stubGlobal('fetch', (input: string | URL, init?: RequestInit) => {
    return new Promise((resolve) =>
      asked.push({
        path: String(input),
        body: String(init?.body ?? ''),
        answer: (body, status = 200) => resolve(Response.json(body, { status })),
      }),
    )
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await vi.advanceTimersByTimeAsync(0)
}
const job = (id: string, state: Job['state'], kind: Job['kind'] = 'train') =>
  ({ id, state, kind, ended: null }) as Job
const ids = (list: readonly Job[]): readonly string[] => list.map(({ id }) => id)

test('jobs: what works comes before what waits, in the queue’s order, and an ended one stays ended', async () => {
  const { followJobs, jobs, keep } = await import('../../renderer/state/jobs.svelte.ts')
  followJobs()
  tell({ type: 'hello' })
  asked[0]!.answer({ jobs: [job('j2', 'queued'), job('j3', 'queued'), job('j1', 'running')] })
  await settle()
  expect(ids(jobs.active)).toEqual(['j1', 'j2', 'j3'])
  tell({ type: 'queue', order: ['j3', 'j2'] })
  expect(ids(jobs.waiting)).toEqual(['j3', 'j2'])
  tell({ type: 'job', job: job('j1', 'completed') })
  // The answer to the request that started it comes late.
  keep(job('j1', 'running'))
  expect(jobs.list.find(({ id }) => id === 'j1')?.state).toBe('completed')
  tell({ type: 'job-removed', job: 'j1' })
  expect(ids(jobs.list)).toEqual(['j2', 'j3'])
})

test('jobs: one that is moved shows there at once, and goes back where the server refuses', async () => {
  const { followJobs, jobs, moveJob } = await import('../../renderer/state/jobs.svelte.ts')
  const { toasts } = await import('../../renderer/state/toasts.svelte.ts')
  followJobs()
  tell({ type: 'hello' })
  const all = { jobs: [job('j1', 'queued'), job('j2', 'queued'), job('j3', 'queued')] }
  asked[0]!.answer(all)
  await settle()
  void moveJob('j3', 0)
  await settle()
  expect(ids(jobs.waiting)).toEqual(['j3', 'j1', 'j2'])
  asked[1]!.answer({ error: { code: 'other-order', message: 'The queue has changed.' } }, 409)
  await settle()
  asked[2]!.answer(all)
  await settle()
  expect(ids(jobs.waiting)).toEqual(['j1', 'j2', 'j3'])
  expect(toasts.list).toMatchObject([{ tone: 'bad', message: 'The queue has changed.' }])
})

test('a resource is loaded once for a burst of events; an answer that was overtaken is not shown', async () => {
  const { resource } = await import('../../renderer/state/resource.svelte.ts')
  const { inRoot } = await import('../../renderer/state/root.svelte.ts')
  const waiting: ((value: string) => void)[] = []
  const holder = {} as { shown: { readonly data: string | undefined; readonly loading: boolean } }
  const load = () => new Promise<string>((resolve) => waiting.push(resolve))
  const close = inRoot(() => (holder.shown = resource(load, ({ type }) => type === 'run')))
  flushSync()
  for (let count = 0; count < 1000; count++) tell({ type: 'run' })
  tell({ type: 'dataset' })
  await vi.advanceTimersByTimeAsync(1000)
  expect(waiting).toHaveLength(2)
  waiting[1]!('new')
  await settle()
  waiting[0]!('old')
  await settle()
  expect([holder.shown.data, holder.shown.loading]).toEqual(['new', false])
  tell({ type: 'reset' })
  close()
  await vi.advanceTimersByTimeAsync(1000)
  expect(waiting).toHaveLength(2)
})

test('messages: three at most, one of each topic, gone after a while; what fails is said', async () => {
  const { attempt, say, sayUndo, toasts } = await import('../../renderer/state/toasts.svelte.ts')
  sayUndo('r1 deleted', () => undefined, 'runs')
  sayUndo('r2 deleted', () => undefined, 'runs')
  expect(toasts.list.map(({ message }) => message)).toEqual(['r2 deleted'])
  for (const message of ['a', 'b', 'c']) say(message)
  expect(toasts.list.map(({ message }) => message)).toEqual(['a', 'b', 'c'])
  await vi.advanceTimersByTimeAsync(13_000)
  expect(toasts.list).toEqual([])
  expect(await attempt(() => Promise.reject(new Error('no')))).toBeUndefined()
  expect(toasts.list).toMatchObject([{ tone: 'bad' }])
})

test('settings show at once, and as the server has them then; another window’s change is loaded', async () => {
  const dataset: Record<string, string> = {}
  vi.stubGlobal('document', { documentElement: { dataset } })
  vi.stubGlobal('matchMedia', () => ({ addEventListener: () => undefined }))
  const { change, followSettings, settings } = await import('../../renderer/state/settings.svelte.ts')
  followSettings()
  void change({ theme: 'dark' })
  await settle()
  expect([settings.current.theme, dataset['theme']]).toEqual(['dark', 'dark'])
  asked[0]!.answer({ theme: 'dark', sampleDismissed: true, notifications: true })
  await settle()
  expect(settings.current.sampleDismissed).toBe(true)
  tell({ type: 'settings' })
  asked[1]!.answer({ theme: 'system', sampleDismissed: true, notifications: true })
  await settle()
  expect(dataset['theme']).toBeUndefined()
})

test('facts of the machine are loaded anew with a data set, and stay where that fails', async () => {
  const { followSystem, machine } = await import('../../renderer/state/system.svelte.ts')
  followSystem()
  tell({ type: 'hello' })
  asked[0]!.answer({ cores: 2 })
  await settle()
  tell({ type: 'job' })
  expect(asked).toHaveLength(1)
  tell({ type: 'dataset' })
  asked[1]!.answer({ error: { code: 'internal', message: '' } }, 500)
  await settle()
  expect(machine.system).toEqual({ cores: 2 })
})

test('engines and weights list their own jobs: those that go on, and failed ones until they are dismissed', async () => {
  const { keep } = await import('../../renderer/state/jobs.svelte.ts')
  const { engineJobs } = await import('../../renderer/state/engines.svelte.ts')
  const { weightsJobs } = await import('../../renderer/state/weights.svelte.ts')
  keep(job('j1', 'running', 'install'))
  keep(job('j2', 'failed', 'install'))
  keep(job('j3', 'completed', 'uninstall'))
  keep(job('j4', 'queued', 'getWeights'))
  keep(job('j5', 'running', 'train'))
  expect(ids(engineJobs())).toEqual(['j2', 'j1'])
  expect(ids(weightsJobs())).toEqual(['j4'])
})

test('the address is the state: filters replace it, what opens something adds to the history', async () => {
  const visited: string[] = []
  const move = (kind: string) => (_: unknown, __: string, address: string) => {
    visited.push(`${kind} ${address}`)
    vi.stubGlobal('location', { origin: 'http://studio', href: new URL(address, 'http://studio').href })
  }
  vi.stubGlobal('history', { replaceState: move('replace'), pushState: move('push') })
  vi.stubGlobal('addEventListener', () => undefined)
  const { param, router, setQuery } = await import('../../renderer/state/router.svelte.ts')
  setQuery({ tag: 'b', page: 2 })
  setQuery({ tag: undefined, page: undefined }, { push: true })
  expect(visited).toEqual(['replace /runs?tag=b&page=2', 'push /runs'])
  expect([router.path, param('tag')]).toEqual(['/runs', undefined])
})

test('keys: a chord, the view’s own action before the window’s, and none while somebody types', async () => {
  class Field {
    tagName = 'INPUT'
    isContentEditable = false
  }
  vi.stubGlobal('HTMLElement', Field)
  vi.stubGlobal('Element', Field)
  const { handleKey, onKey } = await import('../../renderer/state/keyboard.svelte.ts')
  const done: string[] = []
  onKey('n', () => done.push('window'))
  const leave = onKey('n', () => done.push('view'))
  onKey('g d', () => done.push('data sets'))
  const press = (key: string, target: object | null = null) =>
    handleKey({ key, target, preventDefault: () => undefined } as unknown as KeyboardEvent)
  for (const key of ['n', 'g', 'd']) press(key)
  press('n', new Field())
  leave()
  press('n')
  expect(done).toEqual(['view', 'data sets', 'window'])
})
