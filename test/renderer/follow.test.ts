import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { StreamMessage } from '../../core/server/events/types.ts'

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

test('a resource is loaded once for a burst of events, and however many come, each answer is shown', async () => {
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
  // One request at a time.
  expect(waiting).toHaveLength(1)
  waiting[0]!('first')
  await settle()
  expect(holder.shown.data).toBe('first')
  expect([waiting.length, holder.shown.loading]).toEqual([2, true])
  // Events come faster than answers: they are shown all the same.
  for (let count = 0; count < 10; count++) {
    tell({ type: 'run' })
    await vi.advanceTimersByTimeAsync(100)
  }
  waiting[1]!('second')
  await settle()
  expect(holder.shown.data).toBe('second')
  waiting[2]!('third')
  await settle()
  expect([waiting.length, holder.shown.loading, holder.shown.data]).toEqual([3, false, 'third'])
  close()
})

test('an answer that something else was asked for since is not shown, nor one from before a gap', async () => {
  const { resource } = await import('../../renderer/state/resource.svelte.ts')
  const { inRoot } = await import('../../renderer/state/root.svelte.ts')
  const waiting: ((value: string) => void)[] = []
  const holder = {} as {
    shown: { readonly data: string | undefined; reload(): void; set(value: string): void }
  }
  const load = () => new Promise<string>((resolve) => waiting.push(resolve))
  const close = inRoot(() => (holder.shown = resource(load)))
  flushSync()
  holder.shown.reload()
  waiting[1]!('new')
  await settle()
  waiting[0]!('old')
  await settle()
  expect(holder.shown.data).toBe('new')
  holder.shown.reload()
  holder.shown.set('own')
  waiting[2]!('before')
  await settle()
  expect(holder.shown.data).toBe('own')
  holder.shown.reload()
  tell({ type: 'reset' })
  await vi.advanceTimersByTimeAsync(100)
  expect(waiting).toHaveLength(5)
  close()
})

test('messages: three at most, one of each topic, gone after a while; what fails is said', async () => {
  const { attempt, showToast, showUndo, toasts } = await import('../../renderer/state/toasts.svelte.ts')
  showUndo('r1 deleted', () => undefined, 'runs')
  showUndo('r2 deleted', () => undefined, 'runs')
  expect(toasts.list.map(({ message }) => message)).toEqual(['r2 deleted'])
  for (const message of ['a', 'b', 'c']) showToast(message)
  expect(toasts.list.map(({ message }) => message)).toEqual(['a', 'b', 'c'])
  await vi.advanceTimersByTimeAsync(13_000)
  expect(toasts.list).toEqual([])
  expect(await attempt(() => Promise.reject(new Error('no')))).toBeUndefined()
  expect(toasts.list).toMatchObject([{ tone: 'bad' }])
})

test('facts of the machine are loaded again with a data set, and stay where that fails', async () => {
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
