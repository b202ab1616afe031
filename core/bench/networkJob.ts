import { release } from '../base/tensor.ts'
import { candidatesOf, findDevice, type Candidate } from '../engine/selection/candidates.ts'
import { allDevices, findEngine } from '../engine/index.ts'
import { noiseBatch } from '../engine/noise.ts'
import { testPrecision } from '../engine/selection/selfTest.ts'
import { firstPassing } from '../engine/selection/choice.ts'
import { initialize } from '../network/initialize.ts'
import type { Network } from '../network/types.ts'
import { buildNetwork, networkSpec, type NetworkSpec } from '../network/architectures/index.ts'
import type { BenchExecution, Job, NetworkBenchmark } from './types.ts'

/** The paper's momentum and weight decay; a rate at which weights on random images stay finite. */
const rates = { learningRate: 1e-3, momentum: 0.9, weightDecay: 5e-4 }

/** The network of a work, without its classes and crop. */
export const specOf = ({
  config,
  fcWidth,
  settings,
}: Pick<NetworkBenchmark, 'config' | 'fcWidth' | 'settings'>): NetworkSpec =>
  networkSpec({ config, fcWidth, ...settings })

/** Steps or predictions on one batch of random images, over and over. */
export async function openNetworkJob(work: NetworkBenchmark, asked: BenchExecution): Promise<Job> {
  const { crop, classes } = work
  const network = buildNetwork({ ...specOf(work), crop, classes })
  return work.kind === 'step' ? openStep(network, work, asked) : openInference(network, work, asked)
}

async function openStep(network: Network, work: NetworkBenchmark, asked: BenchExecution): Promise<Job> {
  const place = await placeOf(asked)
  const engine = findEngine(place.engine)
  const initial = { weights: initialize(network, 'he', 0), momentum: new Map() }
  const trainer = await engine.trainer(network, initial, { ...place, threads: asked.threads })
  release(initial.weights)
  const batch = noiseBatch(network, work.batch)
  let steps = 0
  return {
    about: { engine: engine.name, device: trainer.device.id, precision: trainer.precision },
    prepare: async () => undefined,
    async run() {
      for (let iteration = 0; iteration < work.iterations; iteration++) {
        await trainer.accumulate({ ...batch, dropoutSeed: [++steps] })
        await trainer.apply(rates)
      }
      return work.iterations * work.batch
    },
    dispose: () => trainer.dispose(),
  }
}

async function openInference(network: Network, work: NetworkBenchmark, asked: BenchExecution): Promise<Job> {
  const place = await placeOf({ ...asked, precision: asked.precision ?? 'fp32' })
  const engine = findEngine(place.engine)
  const { device, precision } = place
  const weights = initialize(network, 'he', 0)
  const predictor = await engine.predictor(network, weights, { device, precision, threads: asked.threads })
  release(weights)
  const { images } = noiseBatch(network, work.batch)
  return {
    about: { engine: engine.name, device, precision },
    prepare: async () => undefined,
    async run() {
      for (let iteration = 0; iteration < work.iterations; iteration++) await predictor.logits(images)
      return work.iterations * work.batch
    },
    dispose: () => predictor.dispose(),
  }
}

/** The likely fastest of what was asked for; of a device that computes something else, speed means nothing. */
export async function placeOf({ engine, device, precision }: BenchExecution): Promise<Candidate> {
  const asked = { engine, device: device ?? 'auto', precision: precision ?? 'auto' } as const
  const devices = await allDevices()
  return firstPassing(candidatesOf(devices, asked), async (candidate) => {
    const trial = await testPrecision(findDevice(devices, candidate)!, candidate.precision)
    return trial.usable ? null : trial.reason
  })
}
