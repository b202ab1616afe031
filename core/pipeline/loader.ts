import { StudioError } from '../base/errors.ts'
import { moduleUrl } from '../base/moduleUrl.ts'
import { makeRoom, openCache, type SharedCache } from './cache-folder.ts'
import { imageBytes, type Outcome, type Plan, type Work } from './messages.ts'
import { startPool, type Pool } from './pool.ts'
import { close, createQueue, release } from './queue.ts'
import { openReception, type Reception } from './reception.ts'
import { shareStrings } from './shared-strings.ts'
import { assemble, createSlotMemory } from './slots.ts'
import type { LoadedBatch, Loader, LoaderOptions, RenderedImage } from './types.ts'

const workerModule = moduleUrl(import.meta.url, './worker')

/**
 * Opens a loader; its threads start with the first plan. Threads take images by themselves and work ahead of the
 * consumer, also while its thread is blocked, until the memory for finished micro-batches is full.
 * Its generators throw StudioError `canceled` after the signal or `dispose`, `decode-thread-ended` when a thread crashed.
 */
export function openLoader(options: LoaderOptions): Loader {
  const { items } = options
  if (!Number.isInteger(options.threads) || options.threads < 1) throw new RangeError('threads must be ≥ 1.')
  const plans = openPlans(options)

  async function* batches(
    work: Work,
    order: Uint32Array,
    from: number,
    microBatch: number,
  ): AsyncGenerator<LoadedBatch, void, undefined> {
    if (from >= order.length) return
    let asked = performance.now()
    const { plan, reception } = await plans.start(work, order, from, microBatch)
    try {
      for (let first = 0; first < plan.queue.total; first += microBatch) {
        const outcomes = await reception.batch(first / microBatch)
        yield assemble(items, plan, outcomes, (performance.now() - asked) / 1000)
        asked = performance.now()
        release(plan.queue)
      }
    } finally {
      plans.end(plan)
    }
  }

  async function* images(work: Work, order: Uint32Array): AsyncGenerator<RenderedImage, void, undefined> {
    if (order.length === 0) return
    const { plan, reception } = await plans.start(work, order, 0, 1)
    try {
      for (let index = 0; index < plan.queue.total; index++) {
        const [outcome] = await reception.batch(index)
        yield { position: order[index]!, images: outcome!.renditions, failure: outcome!.failure }
        release(plan.queue)
      }
    } finally {
      plans.end(plan)
    }
  }

  return {
    training({ order, from, microBatch, augmentation, seed, epoch }) {
      return batches({ kind: 'training', augmentation, seed, epoch }, order, from, microBatch)
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
  start(work: Work, order: Uint32Array, from: number, microBatch: number): Promise<Running>
  end(plan: Plan): void
  /** Ends all plans with `reason`, then the threads; resolves when none is left. */
  stop(reason: StudioError): Promise<void>
}

interface Running {
  readonly plan: Plan
  readonly reception: Reception
}

function openPlans(options: LoaderOptions): Plans {
  const active = new Map<number, Running>()
  const memory = createSlotMemory()
  let crew: Promise<Crew> | undefined
  let ended: StudioError | undefined
  let stopped: Promise<void> | undefined
  let count = 0

  const stop = (reason: StudioError): Promise<void> => {
    ended ??= reason
    options.signal?.removeEventListener('abort', abort)
    for (const { plan, reception } of active.values()) {
      close(plan.queue)
      reception.fail(ended)
    }
    return (stopped ??= Promise.resolve(crew?.then(({ pool }) => pool.stop())))
  }
  const abort = (): void => void stop(new StudioError('canceled', {}, { cause: options.signal?.reason }))
  options.signal?.addEventListener('abort', abort)
  if (options.signal?.aborted) abort()

  const callbacks = {
    onOutcome: (outcome: Outcome) => active.get(outcome.plan)?.reception.accept(outcome),
    onCrash: (error: StudioError) => void stop(error),
  }

  return {
    async start(work, order, from, microBatch) {
      if (ended) throw ended
      const { pool, cache } = await (crew ??= hire(options, callbacks))
      if (cache) await makeRoom(cache)
      if (ended) throw ended
      const bytes = imageBytes(work)
      const queue = createQueue(order.length - from, microBatch, bytes)
      const pixels =
        work.kind === 'renditions' ? null : new Float32Array(memory.take(queue.slots * microBatch * bytes))
      const plan = { id: ++count, work, queue, order: share(order), from, pixels }
      const running = { plan, reception: openReception(queue.total, microBatch) }
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

interface Crew {
  readonly pool: Pool
  readonly cache: SharedCache | null
}

async function hire(
  { items, normalization, threads, cache: cacheOptions }: LoaderOptions,
  callbacks: { onOutcome(outcome: Outcome): void; onCrash(error: StudioError): void },
): Promise<Crew> {
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
