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
}: Pick<NetworkBenchmark, 'config' | 'fcWidth' | 'settings'>): NetworkSpec => {
  const plain = networkSpec({ config, ...settings })
  return 'fcWidth' in plain ? { ...plain, fcWidth } : plain
}

/** Steps or predictions on one batch of random images, over and over. */
export async function openNetworkJob(benchmark: NetworkBenchmark, asked: BenchExecution): Promise<Job> {
  const { crop, classes } = benchmark
  const network = buildNetwork({ ...specOf(benchmark), crop, classes })
  return benchmark.kind === 'step'
    ? openStep(network, benchmark, asked)
    : openInference(network, benchmark, asked)
}

async function openStep(network: Network, benchmark: NetworkBenchmark, asked: BenchExecution): Promise<Job> {
  const candidate = await candidateFor(asked)
  const engine = findEngine(candidate.engine)
  const initial = { weights: initialize(network, 'he', 0), momentum: new Map() }
  const trainer = await engine.trainer(network, initial, { ...candidate, threads: asked.threads })
  release(initial.weights)
  const batch = noiseBatch(network, benchmark.batch)
  let steps = 0
  return {
    about: { engine: engine.name, device: trainer.device.id, precision: trainer.precision },
    prepare: async () => undefined,
    async run() {
      for (let iteration = 0; iteration < benchmark.iterations; iteration++) {
        await trainer.accumulate({ ...batch, dropoutSeed: [++steps] })
        await trainer.apply(rates)
      }
      return benchmark.iterations * benchmark.batch
    },
    dispose: () => trainer.dispose(),
  }
}

async function openInference(
  network: Network,
  benchmark: NetworkBenchmark,
  asked: BenchExecution,
): Promise<Job> {
  const candidate = await candidateFor({ ...asked, precision: asked.precision ?? 'fp32' })
  const engine = findEngine(candidate.engine)
  const { device, precision } = candidate
  const weights = initialize(network, 'he', 0)
  const predictor = await engine.predictor(network, weights, { device, precision, threads: asked.threads })
  release(weights)
  const { images } = noiseBatch(network, benchmark.batch)
  return {
    about: { engine: engine.name, device, precision },
    prepare: async () => undefined,
    async run() {
      for (let iteration = 0; iteration < benchmark.iterations; iteration++) await predictor.logits(images)
      return benchmark.iterations * benchmark.batch
    },
    dispose: () => predictor.dispose(),
  }
}

/** The likely fastest of what was asked for; of a device that computes something else, speed means nothing. */
export async function candidateFor({ engine, device, precision }: BenchExecution): Promise<Candidate> {
  const asked = { engine, device: device ?? 'auto', precision: precision ?? 'auto' } as const
  const devices = await allDevices()
  return firstPassing(candidatesOf(devices, asked), async (candidate) => {
    const trial = await testPrecision(findDevice(devices, candidate)!, candidate.precision)
    return trial.usable ? null : trial.reason
  })
}
