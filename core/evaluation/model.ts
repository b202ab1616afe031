import { availableParallelism } from 'node:os'
import type { Tensors } from '../base/tensor.ts'
import type { Engine, ExecutionOptions, Predictor } from '../engine/types.ts'
import { denseWeights, toDense } from '../network/dense.ts'
import type { Network, VggOptions } from '../network/types.ts'
import { buildVgg } from '../network/vgg.ts'
import { openLoader } from '../pipeline/loader.ts'
import type { Item, LoaderOptions, Normalization } from '../pipeline/types.ts'
import { classPosteriors, type Posteriors } from './posteriors.ts'
import { checkProtocol, passes, type Pass } from './protocol.ts'
import type { Progress, Protocol } from './types.ts'

/** A trained network and where it runs: what evaluation and prediction have in common. */
export interface Model {
  readonly network: Network | VggOptions
  /** Canonical names and layouts. */
  readonly weights: Tensors
  readonly normalization: Normalization
  /** Class names, in the order of the network's outputs. */
  readonly classes: readonly string[]
  readonly engine: Engine
  readonly execution?: ExecutionOptions | undefined
  /** Decode threads; default: the number of cores, at most 4. */
  readonly loaderOptions?: Pick<LoaderOptions, 'threads'> | undefined
  readonly protocol: Protocol
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Class posteriors of a model; an ensemble's are the mean of its models'. Failures are listed, not fatal. */
export async function modelPosteriors(model: Model, items: readonly Item[]): Promise<Posteriors> {
  const { weights, normalization, classes, protocol, signal, engine, execution } = model
  const network = 'layers' in model.network ? model.network : buildVgg(model.network)
  checkProtocol(protocol, network)
  if (classes.length !== network.classes) {
    throw new Error(`${classes.length} class names for a network with ${network.classes} classes`)
  }
  const open = (form: Pass['form']): Promise<Predictor> =>
    form === 'plain'
      ? engine.predictor(network, weights, execution)
      : engine.predictor(toDense(network), denseWeights(network, weights), execution)
  const threads = model.loaderOptions?.threads ?? Math.min(4, availableParallelism())
  const loader = openLoader({ items, normalization, threads, ...(signal && { signal }) })
  try {
    return await classPosteriors({
      passes: passes(protocol),
      loader,
      paths: items.map((item) => item.path),
      classes: classes.length,
      open,
      onProgress: model.onProgress,
      signal,
    })
  } finally {
    await loader.dispose()
  }
}
