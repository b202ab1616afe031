import { random } from '../base/random.ts'
import { elementCount, type Tensors } from '../base/tensor.ts'
import { parameters } from '../network/parameters.ts'
import { buildNetwork, type NetworkOptions } from '../network/architectures/index.ts'
import type { Network } from '../network/types.ts'
import type { Candidate } from './candidates.ts'
import { findEngine } from './index.ts'
import { noiseBatch } from './noise.ts'

/** The work of one training step, as far as its speed goes. */
export interface StepShape {
  readonly network: NetworkOptions
  /** Layers that stay as they are. */
  readonly frozen: readonly string[]
  /** Of forward and backward. */
  readonly images: number
  readonly threads: number
}

export interface CalibrationTask {
  readonly candidate: Omit<Candidate, 'label'>
  readonly shape: StepShape
}

/** Seconds. */
export interface StepTimes {
  /** Forward and backward of the shape's images. */
  readonly accumulate: number
  readonly apply: number
}

/** Steps that count, after a first one that compiles and warms up: two, and of quick ones as many as take this long. */
const counted = { least: 2, most: 30, seconds: 0.6 }

/** Trains some steps on noise, and says after each how long it took. */
export async function measureSteps(
  { candidate, shape }: CalibrationTask,
  onStep: (times: StepTimes) => void,
): Promise<void> {
  const network = buildNetwork(shape.network)
  const engine = findEngine(candidate.engine)
  const { device, precision } = candidate
  const { threads, frozen } = shape
  const initial = { weights: quickWeights(network), momentum: new Map() }
  const trainer = await engine.trainer(network, initial, { device, precision, threads, frozen })
  const batch = noiseBatch(network, shape.images)
  try {
    let spent = 0
    for (let step = 0; step <= counted.least || (step <= counted.most && spent < counted.seconds); step++) {
      const start = performance.now()
      await trainer.accumulate({ ...batch, dropoutSeed: [step] })
      const middle = performance.now()
      await trainer.apply({ learningRate: 1e-6, momentum: 0.9, weightDecay: 5e-4 })
      const end = performance.now()
      if (step > 0) spent += (end - start) / 1000
      onStep({ accumulate: (middle - start) / 1000, apply: (end - middle) / 1000 })
    }
  } finally {
    await trainer.dispose()
  }
}

/** A prime: patterns that return do not line up with rows. */
const patternLength = 4093

/**
 * Weights of a usual size, made in no time: a short random pattern over and over. Real ones of a large network would
 * take seconds to draw, and nothing here depends on them but that no number overflows.
 */
function quickWeights(network: Network): Tensors {
  const draw = random(1)
  const pattern = Float32Array.from({ length: patternLength }, () => draw.normal())
  return new Map(
    parameters(network).map(({ name, shape, role }) => {
      const data = new Float32Array(elementCount(shape))
      if (role === 'weight') fill(data, pattern, Math.sqrt(2 / elementCount(shape.slice(1))))
      else data.fill(role === 'scale' || role === 'runningVar' ? 1 : 0)
      return [name, { shape, data }]
    }),
  )
}

function fill(data: Float32Array, pattern: Float32Array, deviation: number): void {
  const scaled = pattern.map((value) => value * deviation)
  for (let start = 0; start < data.length; start += scaled.length) {
    data.set(scaled.subarray(0, Math.min(scaled.length, data.length - start)), start)
  }
}
