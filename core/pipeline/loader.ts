import { StudioError } from '../base/errors.ts'
import { moduleUrl } from '../base/moduleUrl.ts'
import { makeRoom, openCache, type SharedCache } from './cacheFolder.ts'
import { imageBytes, type LoadResult, type LoadPlan, type LoadTask } from './messages.ts'
import { startPool, type Pool } from './pool.ts'
import { mixedBatches } from './mixup.ts'
import { close, openBatchQueue, release } from './queue.ts'
import { openBatchCollector, type BatchCollector } from './batchCollector.ts'
import { shareStrings } from './sharedStrings.ts'
import { assemble, openSlotMemory } from './slots.ts'
import type { LoadedBatch, Loader, LoaderOptions, RenderedImage } from './types.ts'

const workerModule = moduleUrl(import.meta.url, './worker')

/**
 * Opens a loader; its threads start with the first plan. Threads take images by themselves and task ahead of the
 * consumer, also while its thread is blocked, until the memory for finished micro-batches is full.
 * Its generators throw StudioError `canceled` after the signal or `dispose`, `decode-thread-ended` when a thread crashed.
 */
export function openLoader(options: LoaderOptions): Loader {
  const { items } = options
  if (!Number.isInteger(options.threads) || options.threads < 1) throw new RangeError('threads must be ≥ 1.')
  const plans = openPlans(options)

  async function* batches(
    task: LoadTask,
    order: Uint32Array,
    from: number,
    microBatch: number,
  ): AsyncGenerator<LoadedBatch, void, undefined> {
    if (from >= order.length) return
    let asked = performance.now()
    const { plan, collector } = await plans.start(task, order, from, microBatch)
    try {
      for (let first = 0; first < plan.queue.total; first += microBatch) {
        const results = await collector.batch(first / microBatch)
        yield assemble(items, plan, results, (performance.now() - asked) / 1000)
        asked = performance.now()
        release(plan.queue)
      }
    } finally {
      plans.end(plan)
    }
  }

  async function* images(task: LoadTask, order: Uint32Array): AsyncGenerator<RenderedImage, void, undefined> {
    if (order.length === 0) return
    const { plan, collector } = await plans.start(task, order, 0, 1)
    try {
      for (let index = 0; index < plan.queue.total; index++) {
        const [result] = await collector.batch(index)
        yield { position: order[index]!, images: result!.renditions, failure: result!.failure }
        release(plan.queue)
      }
    } finally {
      plans.end(plan)
    }
  }

  return {
    training({ order, from, microBatch, augmentation, seed, epoch }) {
      const task = { kind: 'training', augmentation, seed, epoch } as const
      const loaded = batches(task, order, from, microBatch)
      const { mixup: alpha = 0 } = augmentation
      if (alpha === 0) return loaded
      const before = from > 0 ? batches(task, order.subarray(0, from), from - 1, 1) : null
      return mixedBatches(loaded, before, { alpha, seed, epoch, from })
    },
    views({ view, microBatch }) {
      const order = Uint32Array.from(items, (_, position) => position)
      return batches(view, order, 0, microBatch)
    },
    renditions({ renditions, order }) {
      return images({ kind: 'renditions', renditions }, order)
    },
    dispose: () => plans.stop(new StudioError('canceled', {})),
  }
}

/** The threads, and what they are at. */
interface Plans {
  start(task: LoadTask, order: Uint32Array, from: number, microBatch: number): Promise<Running>
  end(plan: LoadPlan): void
  /** Ends all plans with `reason`, then the threads; resolves when none is left. */
  stop(reason: StudioError): Promise<void>
}

interface Running {
  readonly plan: LoadPlan
  readonly collector: BatchCollector
}

function openPlans(options: LoaderOptions): Plans {
  const active = new Map<number, Running>()
  const memory = openSlotMemory()
  let workers: Promise<Workers> | undefined
  let ended: StudioError | undefined
  let stopped: Promise<void> | undefined
  let count = 0

  const stop = (reason: StudioError): Promise<void> => {
    ended ??= reason
    options.signal?.removeEventListener('abort', abort)
    for (const { plan, collector } of active.values()) {
      close(plan.queue)
      collector.fail(ended)
    }
    return (stopped ??= Promise.resolve(workers?.then(({ pool }) => pool.stop())))
  }
  const abort = (): void => void stop(new StudioError('canceled', {}, { cause: options.signal?.reason }))
  options.signal?.addEventListener('abort', abort)
  if (options.signal?.aborted) abort()

  const callbacks = {
    onResult: (result: LoadResult) => active.get(result.plan)?.collector.accept(result),
    onCrash: (error: StudioError) => void stop(error),
  }

  return {
    async start(task, order, from, microBatch) {
      if (ended) throw ended
      const { pool, cache } = await (workers ??= startWorkers(options, callbacks))
      if (cache) await makeRoom(cache)
      if (ended) throw ended
      const bytes = imageBytes(task)
      const queue = openBatchQueue(order.length - from, microBatch, bytes)
      const pixels =
        task.kind === 'renditions' ? null : new Float32Array(memory.take(queue.slots * microBatch * bytes))
      const plan = { id: ++count, task, queue, order: share(order), from, pixels }
      const running = { plan, collector: openBatchCollector(queue.total, microBatch) }
      active.set(plan.id, running)
      pool.send({ kind: 'load', plan })
      return running
    },
    end({ id, queue, pixels }) {
      close(queue)
      active.delete(id)
      if (pixels) memory.giveBack(pixels.buffer as SharedArrayBuffer, queue)
    },
    stop,
  }
}

interface Workers {
  readonly pool: Pool
  readonly cache: SharedCache | null
}

async function startWorkers(
  { items, normalization, threads, cache: cacheOptions }: LoaderOptions,
  callbacks: { onResult(result: LoadResult): void; onCrash(error: StudioError): void },
): Promise<Workers> {
  const cache = cacheOptions ? await openCache(cacheOptions) : null
  const paths = shareStrings(items.map((item) => item.path))
  const hashes = shareStrings(items.map((item) => item.hash ?? ''))
  const setup = { paths, hashes, normalization, cache }
  return { cache, pool: startPool({ threads, module: workerModule, setup, ...callbacks }) }
}

function share(order: Uint32Array): Uint32Array {
  const copy = new Uint32Array(new SharedArrayBuffer(order.byteLength))
  copy.set(order)
  return copy
}
