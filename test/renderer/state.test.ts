import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { StreamMessage } from '../../core/server/events/types.ts'

/** What the state modules ask for, answered when the test says so. */
const asked: { readonly path: string; answer(body: unknown): void }[] = []
const counts = (part: string): number => asked.filter(({ path }) => path.includes(part)).length

let tell: (message: StreamMessage) => void = () => undefined
vi.mock('../../renderer/state/events.svelte.ts', () => ({
  listen(listener: (message: StreamMessage) => void) {
    tell = listener
    return () => (tell = () => undefined)
  },
}))

beforeEach(() => {
  vi.useFakeTimers()
  asked.length = 0
  vi.stubGlobal('location', { origin: 'http://studio' })
  vi.stubGlobal('fetch', (input: string | URL | Request) => {
    const path = input instanceof Request ? input.url : String(input)
    return new Promise((resolve) => asked.push({ path, answer: (body) => resolve(Response.json(body)) }))
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await vi.advanceTimersByTimeAsync(0)
}
const curve = (...steps: number[]) => ({
  total: steps.length,
  ...{ step: steps, epoch: steps, loss: steps, error: steps, learningRate: steps },
  ...{ imagesPerSecond: steps, dataWait: steps, memory: steps, deviceMemory: steps },
})
const record = (epoch: number) => ({ epoch, trainingLoss: 1 / epoch })
const epochs = (total: number) => ({
  total,
  epochs: Array.from({ length: total }, (_, index) => record(index + 1)),
  best: null,
})
const training = (event: object): StreamMessage =>
  ({ type: 'training', run: 'r1', event }) as unknown as StreamMessage
const step = (number: number) =>
  training({
    event: 'step',
    ...{ step: number, epoch: 1, epochs: 9, imagesDone: 1, images: 9, loss: 1, error: 0, learningRate: 1 },
    ...{ imagesPerSecond: 1, dataWait: 0, memory: { process: 1, device: null } },
  })

async function opened() {
  const { runCurves } = await import('../../renderer/state/curves.svelte.ts')
  const holder = {} as { curves: ReturnType<typeof runCurves> }
  const { inRoot } = await import('../../renderer/state/root.svelte.ts')
  const close = inRoot(() => (holder.curves = runCurves('r1')))
  flushSync()
  await settle()
  return { ...holder, close }
}

test('a burst of epochs and changes of a run leads to one request, not to one for each', async () => {
  const { curves, close } = await opened()
  asked[0]!.answer(curve(1, 2))
  asked[1]!.answer(epochs(1))
  await settle()
  expect([curves.loaded, curves.epochs.total]).toEqual([true, 1])
  for (let count = 0; count < 50; count++) {
    tell(training({ event: 'epoch', ...record(2) }))
    tell({ type: 'run', run: 'r1', change: 'updated' })
  }
  await vi.advanceTimersByTimeAsync(2000)
  expect(counts('/epochs')).toBe(2)
  // While that one is on its way, more happens: one more request, after it.
  for (let count = 0; count < 50; count++) tell({ type: 'run', run: 'r1', change: 'updated' })
  await vi.advanceTimersByTimeAsync(2000)
  expect(counts('/epochs')).toBe(2)
  asked[2]!.answer(curve(1, 2, 3))
  asked[3]!.answer(epochs(2))
  await settle()
  expect([counts('/epochs'), curves.epochs.total]).toEqual([3, 2])
  close()
})

test('an update that comes while the curve is loaded stays, and nothing is asked once the view is gone', async () => {
  const { curves, close } = await opened()
  tell(step(4))
  asked[0]!.answer(curve(1, 2, 3))
  asked[1]!.answer(epochs(1))
  await settle()
  expect(curves.steps.step).toEqual([1, 2, 3, 4])
  tell({ type: 'run', run: 'r1', change: 'updated' })
  close()
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked).toHaveLength(2)
})
