import { Worker } from 'node:worker_threads'
import type { Rates } from './types.ts'
import { instantiate, type KernelMemories, type SharedFloats, type UpdateKernel } from './updateKernel.ts'

/**
 * Runs the update over flat shared arrays with several threads: one pass over weights, momentum and gradients in
 * cache-sized chunks (v ← μv + (g + λw), w ← w − ηv: PyTorch's form; the rate multiplies at the step, so that cutting
 * it does not rescale what momentum has gathered). As a chain of graph nodes it would read and write memory several
 * times over.
 */
export interface Updater {
  /** One SGD step on every segment. */
  step(rates: Rates): void
  /** gradients ← gradients + scratch. */
  addScratch(): void
  dispose(): Promise<void>
}

/** One parameter's place in the flat arrays. */
export interface Segment {
  readonly start: number
  readonly end: number
  /** Multiplies the learning rate. */
  readonly factor: number
  /** More than 1: the gradient lies as that many planes, one for each tap of the kernel; the weights have taps last. */
  readonly taps: number
}

export interface UpdaterOptions extends Readonly<Record<keyof KernelMemories, SharedFloats>> {
  readonly segments: readonly Segment[]
  readonly threads: number
}

/** A part of a segment, from `start` to `end`, multiples of its taps. Its gradients begin at `gradient`. */
interface Chunk extends Segment {
  readonly gradient: number
  /** Elements of one tap's plane. */
  readonly plane: number
}

/** What the threads share. The control words stand at these places. */
export const control = { generation: 0, job: 1, nextChunk: 2, running: 3 } as const
export const jobs = { step: 1, add: 2, stop: 3 } as const

export interface SharedWork {
  readonly memories: KernelMemories
  readonly chunks: readonly Chunk[]
  readonly control: Int32Array
  /** Learning rate, momentum, weight decay. */
  readonly rates: Float64Array
}

const chunkSize = 1 << 16
/** Waking a thread costs more than this many elements take. */
const worthThreads = 1 << 20

export function openUpdater(options: UpdaterOptions): Updater {
  const { weights, momentum, gradients, scratch } = options
  const work: SharedWork = {
    memories: {
      weights: weights.memory,
      momentum: momentum.memory,
      gradients: gradients.memory,
      scratch: scratch.memory,
    },
    chunks: options.segments.flatMap(chunksOf),
    control: new Int32Array(new SharedArrayBuffer(16)),
    rates: new Float64Array(new SharedArrayBuffer(24)),
  }
  const kernel = instantiate(work.memories)
  const helpers = gradients.floats.length < worthThreads ? 0 : options.threads - 1
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
    runChunks(work, kernel, job)
    for (;;) {
      const running = Atomics.load(work.control, control.running)
      if (running === 0) break
      Atomics.wait(work.control, control.running, running)
    }
  }

  return {
    step({ learningRate, momentum: mu, weightDecay }) {
      work.rates.set([learningRate, mu, weightDecay])
      run(jobs.step)
    },
    addScratch: () => run(jobs.add),
    async dispose() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** Takes chunks until none is left. Every thread runs this, the caller's too. */
export function runChunks(work: SharedWork, kernel: UpdateKernel, job: number): void {
  const [learningRate, momentum, weightDecay] = work.rates as unknown as [number, number, number]
  for (;;) {
    const chunk = work.chunks[Atomics.add(work.control, control.nextChunk, 1)]
    if (!chunk) return
    const [start, end, gradient, plane] = [chunk.start, chunk.end, chunk.gradient, chunk.plane].map(bytes)
    if (job === jobs.add) kernel.add(start!, end!)
    else {
      const rate = learningRate * chunk.factor
      kernel.step(start!, end!, gradient!, chunk.taps, plane!, rate, momentum, weightDecay)
    }
  }
}

const bytes = (floats: number): number => floats * Float32Array.BYTES_PER_ELEMENT

function chunksOf(segment: Segment): readonly Chunk[] {
  const { start, end, taps } = segment
  const size = chunkSize - (chunkSize % taps)
  const plane = (end - start) / taps
  return Array.from({ length: Math.ceil((end - start) / size) }, (_, index): Chunk => {
    const from = start + index * size
    return {
      ...segment,
      start: from,
      end: Math.min(end, from + size),
      gradient: start + (from - start) / taps,
      plane,
    }
  })
}

/** `.ts` in a checkout, `.js` where core has been compiled. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
