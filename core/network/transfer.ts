import { StudioError } from '../base/errors.ts'
import type { Tensor, Tensors } from '../base/tensor.ts'
import { parameters, type Parameter } from './parameters.ts'
import type { Staged } from './architectures/entry.ts'
import { sameShape } from './invalid.ts'
import type { Network } from './types.ts'

export const transferModes = ['staged', 'matching'] as const
export type TransferMode = (typeof transferModes)[number]

export interface SourceNetwork {
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
 * - a family's `Staged`: what it copies from the source goes to the layers of the same role.
 * - `matching`: every layer whose tensors all have the name and shape of one in the source.
 *
 * A layer goes as a whole or not at all: one whose shape differs (other classes, another crop) stays initialized.
 *
 * @throws StudioError `nothing-to-transfer` when no layer fits.
 */
export function transfer(
  network: Network,
  initialized: Tensors,
  source: SourceNetwork,
  how: Staged | 'matching',
): Transferred {
  const given = how === 'matching' ? source.weights : stagedTensors(network, source, how)
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
function stagedTensors(network: Network, { network: from, weights }: SourceNetwork, staged: Staged): Tensors {
  const copied = staged.copied(from)
  const sourceRole = parameterRoles(from, staged)
  const byRole = new Map<string | undefined, Tensor>()
  for (const { name, layer } of parameters(from)) {
    const tensor = weights.get(name)
    if (tensor && copied.has(layer)) byRole.set(sourceRole(name, layer), tensor)
  }
  const role = parameterRoles(network, staged)
  const tensors = new Map<string, Tensor>()
  for (const { name, layer } of parameters(network)) {
    const own = role(name, layer)
    const tensor = own === undefined ? undefined : byRole.get(own)
    if (tensor) tensors.set(name, tensor)
  }
  return tensors
}

/** The role of the parameter's layer and which of its tensors it is, as one text; undefined for layers without one. */
function parameterRoles(
  network: Network,
  staged: Staged,
): (name: string, layer: string) => string | undefined {
  const roles = staged.roles(network)
  return (name, layer) => {
    const role = roles.get(layer)
    return role === undefined ? undefined : `${role} ${name.slice(layer.length)}`
  }
}

function nothingFits(network: Network, source: SourceNetwork): StudioError {
  return new StudioError('nothing-to-transfer', {
    what: 'nothing-fits',
    from: source.network.name,
    to: network.name,
  })
}
