import { availableParallelism } from 'node:os'
import { random } from '../base/random.ts'
import { elementCount, type Tensor } from '../base/tensor.ts'
import { openLoader } from '../pipeline/loader.ts'
import type { LoadedBatch, LoaderOptions, Normalization, View } from '../pipeline/types.ts'
import type { Parity } from './parity.ts'

export interface SampleOptions {
  /** Image files; those that cannot be loaded are left out, those after the 64th not looked at. */
  readonly samples: readonly string[]
  readonly normalization: Normalization
  readonly view: View
  readonly loaderOptions?: Pick<LoaderOptions, 'threads'> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Samples {
  readonly source: Parity['source']
  /** N×3×crop×crop each, normalized. */
  readonly batches: readonly Tensor[]
}

const most = 64
const perBatch = 8

/** Inputs to compare two forms of a network on: the samples as evaluation sees them, or else random levels. */
export async function loadSamples(options: SampleOptions): Promise<Samples> {
  const batches = options.samples.length === 0 ? [] : await realBatches(options)
  if (batches.length > 0) return { source: 'samples', batches }
  return { source: 'noise', batches: [noise(options.view.crop, options.normalization)] }
}

async function realBatches(options: SampleOptions): Promise<readonly Tensor[]> {
  const { samples, normalization, view, loaderOptions, signal } = options
  const items = samples.slice(0, most).map((path) => ({ path, label: 0 }))
  const threads = loaderOptions?.threads ?? Math.min(2, availableParallelism())
  const loader = openLoader({ items, normalization, threads, ...(signal && { signal }) })
  const batches: Tensor[] = []
  try {
    for await (const batch of loader.views({ view, microBatch: perBatch })) batches.push(usable(batch))
  } finally {
    await loader.dispose()
  }
  return batches.filter((batch) => batch.data.length > 0)
}

/** A copy of the images that could be loaded. */
function usable({ images, items, failures }: LoadedBatch): Tensor {
  const failed = new Set(failures.map(({ position }) => position))
  const kept = [...items.keys()].filter((index) => !failed.has(items[index]!))
  const [, ...rest] = images.shape
  const size = elementCount(rest)
  const data = new Float32Array(kept.length * size)
  kept.forEach((from, to) => data.set(images.data.subarray(from * size, (from + 1) * size), to * size))
  return { shape: [kept.length, ...rest], data }
}

/** Uniform levels 0–255, normalized as images are. */
function noise(crop: number, { mean, std }: Normalization): Tensor {
  const source = random(0x706172)
  const size = crop * crop
  const data = Float32Array.from({ length: perBatch * 3 * size }, (_, index) => {
    const channel = (Math.floor(index / size) % 3) as 0 | 1 | 2
    return (source.uniform() * 255 - mean[channel]) / std[channel]
  })
  return { shape: [perBatch, 3, crop, crop], data }
}
