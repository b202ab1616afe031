import { rm } from 'node:fs/promises'
import { StudioError } from '../base/errors.ts'
import { openLoader } from '../pipeline/loader.ts'
import { epochOrder } from '../pipeline/sampler.ts'
import type { Reason } from '../messages/types.ts'
import type { Job, PipelineBenchmark } from './types.ts'

const normalization = { mean: [123.7, 116.3, 103.5], std: [58.4, 57.1, 57.4] } as const
/** As good as none: rounds that empty the cache by hand must not look like a full one. */
const cacheBytes = 1e12

/** Passes over the files as in training, each with crops of its own. */
export async function openPipelineJob(
  benchmark: PipelineBenchmark,
  files: readonly string[],
  cache: string,
): Promise<Job> {
  const { crop, scale } = benchmark
  const items = files.map((path) => ({ path, label: 0 }))
  const labels = items.map(({ label }) => label)
  const loader = openLoader({
    items,
    normalization,
    threads: benchmark.workers,
    cache: { folder: cache, bytes: cacheBytes },
  })
  const paper = { crop, scale, mode: 'crop', flip: true, colorShift: null } as const
  const augmentation = { ...paper, ...benchmark.distortions }
  let epoch = 0
  return {
    about: { engine: 'none', device: 'cpu', precision: 'fp32' },
    async prepare() {
      if (benchmark.pass === 'first') await rm(cache, { recursive: true, force: true })
    },
    async run() {
      const order = epochOrder(labels, { seed: 0, epoch, sampling: 'shuffle' })
      const plan = { order, from: 0, microBatch: benchmark.batch, augmentation, seed: 0, epoch: epoch++ }
      let images = 0
      for await (const batch of loader.training(plan)) {
        const [failure] = batch.failures
        if (failure) throw unreadable(failure)
        images += batch.labels.length
      }
      return images
    },
    dispose: () => loader.dispose(),
  }
}

function unreadable({ path, reason }: { readonly path: string; readonly reason: Reason }): StudioError {
  return new StudioError('unreadable', { what: 'bench', path, reason })
}
