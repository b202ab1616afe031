import { Worker } from 'node:worker_threads'
import { addInto, momentumStep, type FlatState, type Segment } from './sgd.ts'
import type { Rates } from './types.ts'

/**
 * Runs the update over flat shared arrays with several threads: one pass over weights, momentum and gradients in
 * cache-sized chunks. As a chain of graph nodes the same update reads and writes memory several times over.
 */
export interface Updater {
  /** One SGD step on every segment. */
  step(rates: Rates): void
  /** gradients ← gradients + scratch. */
  addScratch(): void
  dispose(): Promise<void>
}

export interface UpdaterOptions extends FlatState {
  /** Gradients of a further micro-batch, waiting to be added. */
  readonly scratch: Float32Array
  readonly segments: readonly Segment[]
  readonly threads: number
}

/** What the threads share. The control words stand at these places. */
export const control = { generation: 0, job: 1, nextChunk: 2, running: 3 } as const
export const jobs = { step: 1, add: 2, stop: 3 } as const

export interface SharedWork extends FlatState {
  readonly scratch: Float32Array
  readonly chunks: readonly Segment[]
  readonly control: Int32Array
  /** Learning rate, momentum, weight decay. */
  readonly rates: Float64Array
}

const chunkSize = 1 << 16
/** Waking a thread costs more than this many elements take. */
const worthThreads = 1 << 20

export function openUpdater(options: UpdaterOptions): Updater {
  const work: SharedWork = {
    weights: options.weights,
    momentum: options.momentum,
    gradients: options.gradients,
    scratch: options.scratch,
    chunks: chunksOf(options.segments),
    control: new Int32Array(new SharedArrayBuffer(16)),
    rates: new Float64Array(new SharedArrayBuffer(24)),
  }
  const helpers = work.gradients.length < worthThreads ? 0 : options.threads - 1
  const workers = Array.from(
    { length: helpers },
    () => new Worker(new URL(`./updateThread${extension}`, import.meta.url), { workerData: work }),
  )
  for (const worker of workers) worker.unref()

  function run(job: number): void {
    Atomics.store(work.control, control.nextChunk, 0)
    Atomics.store(work.control, control.job, job)
    Atomics.store(work.control, control.running, helpers)
    Atomics.add(work.control, control.generation, 1)
    Atomics.notify(work.control, control.generation)
    runChunks(work, job)
    for (;;) {
      const running = Atomics.load(work.control, control.running)
      if (running === 0) break
      Atomics.wait(work.control, control.running, running)
    }
  }

  return {
    step(rates) {
      work.rates.set([rates.learningRate, rates.momentum, rates.weightDecay])
      run(jobs.step)
    },
    addScratch: () => run(jobs.add),
    async dispose() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** Takes chunks until none is left. Every thread runs this, the caller's too. */
export function runChunks(work: SharedWork, job: number): void {
  const [learningRate, momentum, weightDecay] = work.rates as unknown as [number, number, number]
  for (;;) {
    const chunk = work.chunks[Atomics.add(work.control, control.nextChunk, 1)]
    if (!chunk) return
    if (job === jobs.add) addInto(work.gradients, work.scratch, chunk.start, chunk.end)
    else {
      const rates = { learningRate: learningRate * chunk.factor, momentum, weightDecay }
      momentumStep(work, chunk.start, chunk.end, rates)
    }
  }
}

function chunksOf(segments: readonly Segment[]): readonly Segment[] {
  return segments.flatMap(({ start, end, factor }) =>
    Array.from({ length: Math.ceil((end - start) / chunkSize) }, (_, index) => {
      const from = start + index * chunkSize
      return { start: from, end: Math.min(end, from + chunkSize), factor }
    }),
  )
}

/** `.ts` in a checkout, `.js` where core has been compiled. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
