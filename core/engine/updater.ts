import { Worker } from 'node:worker_threads'
import { moduleUrl } from '../base/moduleUrl.ts'
import type { Rates } from './types.ts'
import { layOutFactors, type Factors } from './factors.ts'
import {
  growingMemory,
  instantiate,
  type KernelMemories,
  type SharedFloats,
  type UpdateKernel,
} from './updateKernel.ts'

/**
 * Runs the update over flat shared arrays with several threads: one pass over weights, momentum and gradients in
 * cache-sized chunks (v ← μv + (g + λw), w ← w − ηv: PyTorch's form; the rate multiplies at the step, so that cutting
 * it does not rescale what momentum has gathered). As a chain of graph nodes it would read and write memory several
 * times over.
 */
export interface Updater {
  /**
   * One SGD step on every segment.
   * @param factors of each segment with `columns`: those of all micro-batches of the update
   */
  step(rates: Rates, factors?: ReadonlyMap<Segment, readonly Factors[]>): void
  /** gradients ← gradients + scratch, but for segments whose gradients are factors. */
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
  /** More than 0: columns of a matrix whose gradient comes as factors. */
  readonly columns: number
}

type FlatMemory = Exclude<keyof KernelMemories, 'factors'>

export interface UpdaterOptions extends Readonly<Record<FlatMemory, SharedFloats>> {
  readonly segments: readonly Segment[]
  readonly threads: number
}

/** A part of a segment, from `start` to `end`, multiples of its taps or columns. Its gradients begin at `gradient`. */
interface Chunk extends Segment {
  /** Index of the segment. */
  readonly index: number
  readonly gradient: number
  /** First row of a matrix. */
  readonly row: number
  /** Elements of one tap's plane. */
  readonly plane: number
}

/** What the threads share. The control words stand at these places. */
export const controlWords = { generation: 0, job: 1, nextChunk: 2, running: 3 } as const
const kernelJobs = { step: 1, add: 2 } as const

export interface UpdaterMemory {
  readonly memories: KernelMemories
  readonly chunks: readonly Chunk[]
  readonly control: Int32Array
  /** Learning rate, momentum, weight decay. */
  readonly rates: Float64Array
  /** Where the factors of each segment begin (dy, x: bytes), and how many images they have. */
  readonly places: Float64Array
}

const chunkSize = 1 << 16
/** Waking a thread costs more than this many elements take. */
const worthThreads = 1 << 20

export function openUpdater(options: UpdaterOptions): Updater {
  const { weights, momentum, gradients, scratch } = options
  const work: UpdaterMemory = {
    memories: {
      weights: weights.memory,
      momentum: momentum.memory,
      gradients: gradients.memory,
      scratch: scratch.memory,
      factors: growingMemory(),
    },
    chunks: options.segments.flatMap(chunksOf),
    control: new Int32Array(new SharedArrayBuffer(16)),
    rates: new Float64Array(new SharedArrayBuffer(24)),
    places: new Float64Array(new SharedArrayBuffer(24 * options.segments.length)),
  }
  const kernel = instantiate(work.memories)
  const helpers = gradients.floats.length < worthThreads ? 0 : options.threads - 1
  const workers = Array.from(
    { length: helpers },
    () => new Worker(moduleUrl(import.meta.url, './updateThread'), { workerData: work }),
  )
  for (const worker of workers) worker.unref()

  function run(job: number): void {
    Atomics.store(work.control, controlWords.nextChunk, 0)
    Atomics.store(work.control, controlWords.job, job)
    Atomics.store(work.control, controlWords.running, helpers)
    Atomics.add(work.control, controlWords.generation, 1)
    Atomics.notify(work.control, controlWords.generation)
    runChunks(work, kernel, job)
    for (;;) {
      const running = Atomics.load(work.control, controlWords.running)
      if (running === 0) break
      Atomics.wait(work.control, controlWords.running, running)
    }
  }

  return {
    step({ learningRate, momentum: mu, weightDecay }, factors = new Map()) {
      const matrices = options.segments.map((segment) => ({
        columns: segment.columns,
        parts: factors.get(segment) ?? [],
      }))
      work.places.set(layOutFactors(matrices, work.memories.factors))
      work.rates.set([learningRate, mu, weightDecay])
      run(kernelJobs.step)
    },
    addScratch: () => run(kernelJobs.add),
    async dispose() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** Takes chunks until none is left. Every thread runs this, the caller's too. */
export function runChunks(work: UpdaterMemory, kernel: UpdateKernel, job: number): void {
  for (;;) {
    const chunk = work.chunks[Atomics.add(work.control, controlWords.nextChunk, 1)]
    if (!chunk) return
    if (job === kernelJobs.step) stepChunk(work, kernel, chunk)
    else if (chunk.columns === 0) kernel.add(bytes(chunk.start), bytes(chunk.end))
  }
}

function stepChunk({ rates, places }: UpdaterMemory, kernel: UpdateKernel, chunk: Chunk): void {
  const { start, end, factor, index, columns, row } = chunk
  const [learningRate, momentum, weightDecay] = rates as unknown as [number, number, number]
  const rate = learningRate * factor
  if (columns === 0) {
    const [gradient, plane] = [bytes(chunk.gradient), bytes(chunk.plane)]
    kernel.step(bytes(start), bytes(end), gradient, chunk.taps, plane, rate, momentum, weightDecay)
    return
  }
  const [dy, x, count] = places.subarray(3 * index) as unknown as [number, number, number]
  const ownDy = dy + bytes(row * count)
  const rows = (end - start) / columns
  kernel.stepOuter(bytes(start), rows, columns, ownDy, x, count, rate, momentum, weightDecay)
}

const bytes = (floats: number): number => floats * Float32Array.BYTES_PER_ELEMENT

function chunksOf(segment: Segment, index: number): readonly Chunk[] {
  const { start, end, taps, columns } = segment
  // The kernel computes four rows together; what is left of a chunk it does one number at a time.
  const unit = columns > 0 ? 4 * columns : taps
  const size = unit * Math.max(1, Math.floor(chunkSize / unit))
  const plane = (end - start) / taps
  return Array.from({ length: Math.ceil((end - start) / size) }, (_, part): Chunk => {
    const from = start + part * size
    const bounds = { start: from, end: Math.min(end, from + size) }
    const row = columns > 0 ? (from - start) / columns : 0
    return { ...segment, ...bounds, index, gradient: start + (from - start) / taps, row, plane }
  })
}
