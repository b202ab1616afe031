import { titleOf } from '../../network/architectures/index.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import { describe } from '../../network/cost.ts'
import { parameters } from '../../network/parameters.ts'
import { namedNetwork, nameOf } from '../../training/namedNetwork.ts'
import type { NetworkView } from '../api/types.ts'

/** A network as a diagram shows it. @throws StudioError those of namedNetwork */
export function networkView(name: string, classes: number): NetworkView {
  const options = namedNetwork(name, classes)
  const network = buildNetwork(options)
  const { layers: costs, ...description } = describe(network)
  const owned = Map.groupBy(parameters(network), ({ layer }) => layer)
  return {
    ...description,
    name: nameOf(options),
    title: titleOf(options),
    input: network.input,
    classes,
    outputs: network.outputs,
    layers: network.layers.map((layer, index) => ({
      ...costs[index]!,
      layer,
      tensors: (owned.get(layer.name) ?? []).map(({ name: tensor, shape }) => ({ name: tensor, shape })),
    })),
  }
}
