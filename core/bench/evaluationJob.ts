import { classProbabilities } from '../evaluation/probabilities.ts'
import { openForm } from '../evaluation/model.ts'
import { cropPlan } from '../evaluation/views.ts'
import { findEngine } from '../engine/index.ts'
import type { Predictor } from '../engine/types.ts'
import { initialize } from '../network/initialize.ts'
import { buildNetwork } from '../network/architectures/index.ts'
import { openLoader } from '../pipeline/loader.ts'
import { candidateFor, specOf } from './networkJob.ts'
import type { BenchExecution, EvaluationBenchmark, Job } from './types.ts'

const normalization = { mean: [123.7, 116.3, 103.5], std: [1, 1, 1] } as const

/** Evaluations of the same files, from JPEG to class probabilities, as `evaluate` does them. */
export async function openEvaluationJob(
  benchmark: EvaluationBenchmark,
  asked: BenchExecution,
  files: readonly string[],
): Promise<Job> {
  const { crop, classes, scales, views } = benchmark
  const candidate = await candidateFor({ ...asked, precision: asked.precision ?? 'fp32' })
  const engine = findEngine(candidate.engine)
  const { device, precision } = candidate
  const execution = { device, precision, threads: asked.threads }
  const network = buildNetwork({ ...specOf(benchmark), crop, classes })
  const weights = initialize(network, 'he', 0)
  const form = views === 'dense' ? 'dense' : 'plain'
  const predictor = await openForm({ network, weights, engine, execution }, form)
  // Opened once, as the peer's network is.
  const kept: Predictor = { logits: predictor.logits, dispose: async () => undefined }
  const loader = openLoader({
    items: files.map((path) => ({ path, label: 0 })),
    normalization,
    threads: benchmark.workers,
  })
  const plan = cropPlan({ views, scales, flips: true, crop, mode: 'crop' })
  return {
    about: { engine: engine.name, device, precision },
    prepare: async () => undefined,
    async run() {
      let images = 0
      const count = (): void => void images++
      await classProbabilities({
        plan,
        loader,
        normalization,
        paths: files,
        classes,
        open: async () => kept,
        onRow: count,
      })
      return images
    },
    async dispose() {
      await loader.dispose()
      await predictor.dispose()
    },
  }
}
