import type { Tensors } from '../base/tensor.ts'
import { initialize } from '../network/initialize.ts'
import type { Network } from '../network/types.ts'
import { buildNetwork, networkSpec, type NetworkInput } from '../network/architectures/index.ts'
import { noiseBatch } from './noise.ts'
import { onnxruntimeEngine } from './onnxruntime/engine.ts'
import type { Engine, ExecutionOptions, SelfTest, Trainer } from './types.ts'

const tiny = (input: NetworkInput, crop: number): Network =>
  buildNetwork({ ...networkSpec({ fcWidth: 32, ...input }), classes: 4, crop })
const dropoutSeed = [3]
const timedRounds = 3
/** A slow device is timed no longer than this many milliseconds. */
const timedAtMost = 2000

/**
 * Trains one step on the device and on the CPU, and compares: response normalization, convolution, pooling, dropout
 * and loss in one network, batch normalization in another. Then times a step.
 *
 * @throws StudioError where the device does not start or cannot take the graph
 */
export async function selfTest(engine: Engine, execution: ExecutionOptions): Promise<SelfTest> {
  const networks = [
    tiny({ config: 'A-LRN', widthMultiplier: 1 / 16 }, 48),
    tiny({ config: 'A', widthMultiplier: 1 / 16, batchNorm: true }, 64),
  ]
  const differences: number[] = []
  for (const network of networks) {
    const [expected, found] = [
      await gradients(onnxruntimeEngine, { device: 'cpu' }, network),
      await gradients(engine, execution, network),
    ]
    differences.push(largestDifference(found, expected))
  }
  return { difference: Math.max(...differences), secondsPerImage: await timeStep(engine, execution) }
}

/** With rate, momentum and decay 0 an update moves the gradients into the momentum. */
async function gradients(engine: Engine, execution: ExecutionOptions, network: Network): Promise<Tensors> {
  return withTrainer(engine, execution, network, async (trainer) => {
    await trainer.accumulate({ ...noiseBatch(network, 4), dropoutSeed })
    await trainer.apply({ learningRate: 0, momentum: 0, weightDecay: 0 })
    return (await trainer.state()).momentum
  })
}

async function timeStep(engine: Engine, execution: ExecutionOptions): Promise<number> {
  const network = tiny({ config: 'A', widthMultiplier: 0.1 }, 64)
  const batch = { ...noiseBatch(network, 8), dropoutSeed }
  return withTrainer(engine, execution, network, async (trainer) => {
    const times: number[] = []
    for (let round = 0; round <= timedRounds && sum(times) < timedAtMost; round++) {
      const start = performance.now()
      await trainer.accumulate(batch)
      await trainer.apply({ learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 })
      // The first round compiles.
      if (round > 0) times.push(performance.now() - start)
    }
    return Math.min(...times) / 1000 / batch.labels.length
  })
}

async function withTrainer<T>(
  engine: Engine,
  execution: ExecutionOptions,
  network: Network,
  work: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  const weights = initialize(network, 'he', 1)
  const trainer = await engine.trainer(network, { weights, momentum: new Map() }, execution)
  try {
    return await work(trainer)
  } finally {
    await trainer.dispose()
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** ‖a−b‖/‖b‖, over all tensors together: a bias before batch normalization alone has no gradient but rounding. */
function largestDifference(found: Tensors, expected: Tensors): number {
  let difference = 0
  let norm = 0
  for (const [name, { data }] of expected) {
    data.forEach((value, index) => {
      difference += ((found.get(name)?.data[index] ?? NaN) - value) ** 2
      norm += value ** 2
    })
  }
  return Math.sqrt(difference / norm)
}
