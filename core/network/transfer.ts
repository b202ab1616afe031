import { StudioError } from '../base/errors.ts'
import type { Tensor, Tensors } from '../base/tensor.ts'
import { parameters, type Parameter } from './parameters.ts'
import { sameShape } from './invalid.ts'
import type { Network } from './types.ts'

export const transferModes = ['staged', 'matching'] as const
export type TransferMode = (typeof transferModes)[number]

export interface TransferSource {
  readonly network: Network
  readonly weights: Tensors
}

export interface Transferred {
  /** All of the network's tensors. Copied ones are the source's own: nothing is duplicated. */
  readonly weights: Tensors
  /** Names, in network order, of the tensors that came from the source. */
  readonly copied: readonly string[]
}

/**
 * Starts a network from the weights of another one.
 * - `staged` (VGG §3.1): the source's first four convolutions, with the batch normalization that follows them, and its
 *   FC layers go to the layers of the same role. A's third convolution is the first of group 3, so it becomes D's
 *   conv3-1, whatever their names.
 * - `matching`: every layer whose tensors all have the name and shape of one in the source.
 *
 * A layer goes as a whole or not at all: one whose shape differs (other classes, another crop) stays initialized.
 *
 * @throws StudioError `nothing-to-transfer` when no layer fits.
 */
export function transfer(
  network: Network,
  initialized: Tensors,
  source: TransferSource,
  mode: TransferMode,
): Transferred {
  const given = mode === 'staged' ? stagedTensors(network, source) : source.weights
  const fits = ({ name, shape }: Parameter): boolean => {
    const tensor = given.get(name)
    return tensor !== undefined && sameShape(tensor.shape, shape)
  }
  const layers = Map.groupBy(parameters(network), ({ layer }) => layer)
  const copied = [...layers.values()].filter((own) => own.every(fits)).flat()
  if (copied.length === 0) throw nothingFits(network, source)
  const weights = new Map(initialized)
  for (const { name } of copied) weights.set(name, given.get(name)!)
  return { weights, copied: copied.map(({ name }) => name) }
}

/** The source's tensors under the names that the layers of the same role have in `network`. */
function stagedTensors(network: Network, { network: from, weights }: TransferSource): Tensors {
  const staged = stagedLayers(from)
  const sourceRole = parameterRoles(from)
  const byRole = new Map<string, Tensor>()
  for (const { name, layer } of parameters(from)) {
    const tensor = weights.get(name)
    if (tensor && staged.has(layer)) byRole.set(sourceRole(name, layer), tensor)
  }
  const role = parameterRoles(network)
  const tensors = new Map<string, Tensor>()
  for (const { name, layer } of parameters(network)) {
    const tensor = byRole.get(role(name, layer))
    if (tensor) tensors.set(name, tensor)
  }
  return tensors
}

/** Names of the first four convolutions, the batch normalizations right after them, and the FC layers. */
function stagedLayers(network: Network): ReadonlySet<string> {
  const convolutions = network.layers.filter(({ kind }) => kind === 'convolution').slice(0, 4)
  const staged = new Set(convolutions.map(({ name }) => name))
  for (const { kind, name, inputs } of network.layers) {
    if (kind === 'linear' || (kind === 'batchNorm' && staged.has(inputs[0]!))) staged.add(name)
  }
  return staged
}

/**
 * What a parameter is for, whatever its layer's name: `convolution 3-2 .weight` belongs to the second convolution of
 * the third group (groups end with a pooling), `linear 1 .bias` to the first FC layer.
 */
function parameterRoles(network: Network): (name: string, layer: string) => string {
  let [group, convolution, linear] = [1, 0, 0]
  const roles = new Map<string, string>()
  for (const { kind, name } of network.layers) {
    if (kind === 'maxPool') [group, convolution] = [group + 1, 0]
    if (kind === 'convolution') convolution += 1
    if (kind === 'linear') linear += 1
    roles.set(name, kind === 'linear' ? `linear ${linear}` : `${kind} ${group}-${convolution}`)
  }
  return (name, layer) => `${roles.get(layer)!} ${name.slice(layer.length)}`
}

function nothingFits(network: Network, source: TransferSource): StudioError {
  return new StudioError(
    'nothing-to-transfer',
    `No weights of ${source.network.name} fit ${network.name}: no layer of the two has the same place and shape.`,
    {
      hint: 'Choose a run of the same family, with the same width multiplier and FC width, or start from random weights.',
    },
  )
}
