import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import { openLoader } from '../../core/pipeline/loader.ts'
import { startPool } from '../../core/pipeline/pool.ts'
import { shareStrings } from '../../core/pipeline/sharedStrings.ts'
import type { Item, Loader } from '../../core/pipeline/types.ts'
import {
  augmentation,
  epochOf,
  inOrder,
  mixedItems,
  normalization,
  temporaryFolder,
  type Folder,
} from './pictures.ts'

let folder: Folder
let items: Item[]
beforeAll(async () => {
  folder = await temporaryFolder()
  items = await mixedItems(folder)
})
afterAll(() => folder.discard())

const order = inOrder(17)
const plan = { order, from: 0, microBatch: 2, augmentation, seed: 1, epoch: 0 }
const open = (signal?: AbortSignal): Loader =>
  openLoader({ items, normalization, threads: 2, ...(signal && { signal }) })
let alive = 0
const count = (worker: Worker): void => {
  alive++
  worker.on('exit', () => alive--)
}
beforeAll(() => void process.on('worker', count))
afterAll(() => void process.off('worker', count))

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('It succeeded.'),
    (reason: unknown) => reason,
  )
  return error instanceof StudioError ? error.code : String(error)
}

describe('dispose', () => {
  it('leaves no thread alive, whatever they were at', async () => {
    const used = open()
    await epochOf(used, { order })
    const busy = open()
    await busy.training(plan).next()
    expect(alive).toBe(4)
    await Promise.all([used.dispose(), busy.dispose(), open().dispose()])
    expect(alive).toBe(0)
    await busy.dispose()
  })

  it('ends what is being waited for, and what is asked for later', async () => {
    const loader = open()
    const batches = loader.training(plan)
    const waiting = codeOf(batches.next())
    await loader.dispose()
    expect(await waiting).toBe('canceled')
    expect(await codeOf(loader.training(plan).next())).toBe('canceled')
  })
})

describe('the signal', () => {
  it('cancels an epoch and ends the threads', async () => {
    const controller = new AbortController()
    const loader = open(controller.signal)
    let seen = 0
    const epoch = (async () => {
      for await (const batch of loader.training(plan)) {
        seen += batch.labels.length
        if (seen === 6) controller.abort()
      }
    })()
    expect(await codeOf(epoch)).toBe('canceled')
    expect(seen).toBe(6)
    await loader.dispose()
    expect(alive).toBe(0)
  })

  it('cancels before anything has begun', async () => {
    const loader = open(AbortSignal.abort())
    expect(await codeOf(loader.training(plan).next())).toBe('canceled')
    await loader.dispose()
  })
})

describe('a thread that ends unasked', () => {
  it('is an error for the waiting caller, not a hang', async () => {
    const loader = open()
    // A bug as it could happen: a recipe that nobody has checked.
    const broken = { ...augmentation, colorShift: { strength: 1 } as never }
    const waiting = loader.training({ ...plan, augmentation: broken }).next()
    const error: unknown = await waiting.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StudioError)
    expect(error).toMatchObject({ code: 'decode-thread-ended' })
    expect((error as StudioError).message).toContain('ended unexpectedly')
    expect(await codeOf(loader.training(plan).next())).toBe('decode-thread-ended')
    await loader.dispose()
    expect(alive).toBe(0)
  })

  for (const [how, source] of [
    ['exits', 'process.exit(3)'],
    ['throws', 'throw new Error("boom")'],
  ] as const)
    it(`is noticed when it ${how}`, async () => {
      const none = shareStrings([])
      const setup = { paths: none, hashes: none, normalization, cache: null }
      const module = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
      const crash = await new Promise<StudioError>((onCrash) => {
        startPool({ threads: 1, module, setup, onResult: () => undefined, onCrash })
      })
      expect(crash.code).toBe('decode-thread-ended')
    })
})
