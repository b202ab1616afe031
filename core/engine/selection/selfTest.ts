import type { ErrorFact } from '../../base/errors.ts'
import type { Tensors } from '../../base/tensor.ts'
import {
  smallestNetwork,
  selfTestNetworks,
  quickTrainingNetwork,
} from '../../network/architectures/referenceNetworks.ts'
import { initialize } from '../../network/initialize.ts'
import type { DeviceFact } from '../../messages/catalog.ts'
import type { Network } from '../../network/types.ts'
import { noiseBatch } from '../noise.ts'
import { onnxruntimeEngine } from '../onnxruntime/engine.ts'
import type { Device, Engine, EngineName, ExecutionOptions, Precision, SelfTest, Trainer } from '../types.ts'
import { tolerances } from './tolerances.ts'
import { runTrial, trialTimeout, type Trial, type TrialOptions } from './trial.ts'

/** How a device is tried. */
export interface SelfTestOptions extends Pick<TrialOptions, 'signal' | 'environment' | 'timeout'> {
  /** Default: in a process of its own. */
  readonly trial?: Trial
}

/** A device in one precision: what its self-test gave, or why it can't be used so. */
export type Tested =
  | { readonly precision: Precision; readonly usable: true; readonly selfTest: SelfTest }
  | {
      readonly precision: Precision
      readonly usable: false
      readonly reason: ErrorFact
      readonly selfTest?: SelfTest
    }

export interface TestedDevice extends Device {
  readonly trials: readonly Tested[]
}

/**
 * Tests a device with a training step in each of its precisions, in a process of its own each time, since a driver that
 * is not up to it may take the process down. The answer is the device with the precisions that work and its first
 * one's self-test, or not usable with the reason.
 */
export async function testDevice(device: Device, options: SelfTestOptions = {}): Promise<TestedDevice> {
  if (!device.usable) return { ...device, trials: [] }
  const trials: Tested[] = []
  for (const precision of device.precisions) trials.push(await testPrecision(device, precision, options))
  const [first] = trials
  const usable = trials.filter((one) => one.usable)
  return {
    ...device,
    ...(usable.length > 0 && { precisions: usable.map(({ precision }) => precision) }),
    usable: usable.length > 0,
    trials,
    ...(first?.selfTest && { selfTest: first.selfTest }),
    ...(first?.usable === false && usable.length === 0 && { reason: first.reason }),
  }
}

/** The same in one precision. Where the signal ends it, it counts as not usable: the caller that aborts checks the signal. */
export async function testPrecision(
  { engine, id, remedy }: Device,
  precision: Precision,
  { trial = runTrial, timeout = trialTimeout, ...options }: SelfTestOptions = {},
): Promise<Tested> {
  const execution = { device: id, precision }
  let selfTest: SelfTest | undefined
  const failure = await trial(
    { kind: 'self-test', engine, execution },
    { ...options, timeout, onAnswer: (answer) => ({ selfTest } = answer) },
  )
  if (!selfTest) return { precision, usable: false, reason: explained(failure!, remedy) }
  const reason = refusal(selfTest.difference, precision)
  return reason === null
    ? { precision, usable: true, selfTest }
    : { precision, usable: false, reason, selfTest }
}

const explained = (problem: ErrorFact, needs: DeviceFact | undefined): DeviceFact => ({
  code: 'trial-failed',
  values: { problem, needs: needs ?? null },
})

/**
 * Why a device is not to be trained on, null where it is.
 * @param difference of its gradients; not a number, or null after it went from process to process, where they are none
 */
export function refusal(difference: number | null, precision: Precision): DeviceFact | null {
  if (difference === null || !Number.isFinite(difference)) {
    return { code: 'no-gradients', values: {} }
  }
  if (difference <= tolerances[precision]) return null
  return { code: 'other-gradients', values: { difference } }
}

/**
 * Opens a small network for prediction and lets it see an image, in a process of its own: what a driver says or does
 * stays there. Null where that works; else why the device does not start, also where the signal ended it.
 */
export async function startFailure(
  engine: EngineName,
  execution: ExecutionOptions,
  { trial = runTrial, timeout = trialTimeout, ...options }: SelfTestOptions = {},
): Promise<ErrorFact | null> {
  return trial({ kind: 'start', engine, execution }, { ...options, timeout })
}

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
  const differences: number[] = []
  for (const network of selfTestNetworks()) {
    const [expected, found] = [
      await gradients(onnxruntimeEngine, { device: 'cpu' }, network),
      await gradients(engine, execution, network),
    ]
    differences.push(largestDifference(found, expected))
  }
  return { difference: Math.max(...differences), secondsPerImage: await timeStep(engine, execution) }
}

/** Gradients, read from the momentum: with rate, momentum and decay 0 an update moves them there. */
async function gradients(engine: Engine, execution: ExecutionOptions, network: Network): Promise<Tensors> {
  return withTrainer(engine, execution, network, async (trainer) => {
    await trainer.accumulate({ ...noiseBatch(network, 4), dropoutSeed })
    await trainer.apply({ learningRate: 0, momentum: 0, weightDecay: 0 })
    return (await trainer.state()).momentum
  })
}

async function timeStep(engine: Engine, execution: ExecutionOptions): Promise<number> {
  const network = quickTrainingNetwork()
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

/** Opens a small network for prediction and lets it see an image. @throws StudioError where the device does not start */
export async function predictOnce(engine: Engine, execution: ExecutionOptions): Promise<void> {
  const network = smallestNetwork()
  const predictor = await engine.predictor(network, initialize(network, 'he', 0), execution)
  await predictor.logits(noiseBatch(network, 1).images)
  await predictor.dispose()
}
