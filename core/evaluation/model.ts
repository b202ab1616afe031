import { availableParallelism } from 'node:os'
import type { Tensors } from '../base/tensor.ts'
import type { Engine, ExecutionOptions, Predictor } from '../engine/types.ts'
import { denseWeights } from '../network/dense.ts'
import type { Network } from '../network/types.ts'
import { withoutAuxiliary } from '../network/withoutAuxiliary.ts'
import { openLoader } from '../pipeline/loader.ts'
import type { Item, LoaderOptions, Normalization } from '../pipeline/types.ts'
import { denseForm } from './forms.ts'
import { classProbabilities, type ProbabilitiesInput } from './probabilities.ts'
import { checkProtocol } from './protocol.ts'
import type { Failure, Progress, Protocol } from './types.ts'
import { cropPlan, type Form } from './views.ts'

/** A trained network and where it runs: what evaluation and prediction have in common. */
export interface Model {
  readonly network: Network
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

/**
 * Class probabilities of a model, image by image. Failures are listed, not fatal.
 * @throws StudioError `invalid-protocol`, `not-finite`, `canceled`
 */
export async function modelProbabilities(
  model: Model,
  items: readonly Item[],
  { onRow, onOpen, order }: Pick<ProbabilitiesInput, 'onRow' | 'onOpen' | 'order'>,
): Promise<readonly Failure[]> {
  const { network, normalization, classes, protocol, signal } = model
  checkProtocol(protocol, network)
  if (classes.length !== network.classes) {
    throw new Error(`${classes.length} class names for a network with ${network.classes} classes`)
  }
  const threads = model.loaderOptions?.threads ?? Math.min(4, availableParallelism())
  const loader = openLoader({ items, normalization, threads, ...(signal && { signal }) })
  try {
    return await classProbabilities({
      plan: cropPlan(protocol),
      loader,
      normalization,
      paths: items.map((item) => item.path),
      order,
      classes: classes.length,
      open: (form) => openForm(model, form),
      onOpen,
      onRow,
      stepsPerImage: protocol.scales.length,
      onProgress: model.onProgress,
      signal,
    })
  } finally {
    await loader.dispose()
  }
}

/** Opens the network in a form that a plan wants. */
export async function openForm(
  { network, engine, weights, execution }: Pick<Model, 'network' | 'engine' | 'weights' | 'execution'>,
  form: Form,
): Promise<Predictor> {
  if (form === 'plain') return engine.predictor(network, weights, execution)
  return engine.predictor(
    denseForm(network, form),
    denseWeights(withoutAuxiliary(network), weights),
    execution,
  )
}
