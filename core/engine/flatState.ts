import { StudioError } from '../base/errors.ts'
import { elementCount, type Tensor, type Tensors } from '../base/tensor.ts'
import { parameters, type Parameter } from '../network/parameters.ts'
import type { Network } from '../network/types.ts'
import type { State } from './types.ts'

/**
 * A network's state in flat shared memory: all that trains first, then the rest (frozen parameters, batch-norm
 * statistics). Momentum and gradients exist for the first part only.
 */
export interface FlatLayout {
  readonly entries: readonly (Parameter & { readonly start: number; readonly end: number })[]
  readonly trainableSize: number
  readonly size: number
}

export function flatLayout(network: Network, trainable: ReadonlySet<string>): FlatLayout {
  const all = parameters(network)
  const ordered = [
    ...all.filter((parameter) => trainable.has(parameter.name)),
    ...all.filter((parameter) => !trainable.has(parameter.name)),
  ]
  let size = 0
  let trainableSize = 0
  const entries = ordered.map((parameter) => {
    const start = size
    size += elementCount(parameter.shape)
    if (trainable.has(parameter.name)) trainableSize = size
    return { ...parameter, start, end: size }
  })
  return { entries, trainableSize, size }
}

/** Views on a flat array by canonical name, for the entries that it covers. */
export function views(layout: FlatLayout, flat: Float32Array): Map<string, Tensor> {
  return new Map(
    layout.entries
      .filter((entry) => entry.end <= flat.length)
      .map((entry) => [entry.name, { shape: entry.shape, data: flat.subarray(entry.start, entry.end) }]),
  )
}

/** Copies a canonical state into flat memory. Missing momenta are zero; missing or misshapen weights are refused. */
export function writeState(
  layout: FlatLayout,
  state: State,
  flat: { readonly weights: Float32Array; readonly momentum: Float32Array },
): void {
  for (const entry of layout.entries) {
    flat.weights.set(checkedTensor(entry, state.weights).data, entry.start)
    if (entry.end > flat.momentum.length) continue
    if (state.momentum.has(entry.name)) {
      flat.momentum.set(checkedTensor(entry, state.momentum).data, entry.start)
    } else flat.momentum.fill(0, entry.start, entry.end)
  }
}

/** A copy, in the network's order of names. */
export function readState(
  network: Network,
  layout: FlatLayout,
  flat: { readonly weights: Float32Array; readonly momentum: Float32Array },
): State {
  const copy = (source: ReadonlyMap<string, Tensor>): Tensors =>
    new Map(
      parameters(network).flatMap(({ name }) => {
        const tensor = source.get(name)
        return tensor ? [[name, { shape: tensor.shape, data: Float32Array.from(tensor.data) }]] : []
      }),
    )
  return { weights: copy(views(layout, flat.weights)), momentum: copy(views(layout, flat.momentum)) }
}

/** The parameter's tensor in a canonical state. @throws StudioError `missing-weights` or `wrong-shape`, naming it. */
export function checkedTensor({ name, shape }: Parameter, tensors: Tensors): Tensor {
  const tensor = tensors.get(name)
  if (!tensor) throw new StudioError('missing-weights', { tensor: name })
  if (tensor.shape.join() === shape.join()) return tensor
  throw new StudioError('wrong-shape', { tensor: name, found: tensor.shape, wanted: shape })
}
