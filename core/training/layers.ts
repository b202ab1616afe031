import { StudioError } from '../base/errors.ts'
import { parameters } from '../network/parameters.ts'
import type { Network } from '../network/types.ts'
import type { Recipe } from './recipe.ts'

/** Parts of every VGG, as torchvision names them: the convolutions, and the three FC layers. */
const groups = ['features', 'classifier']

/**
 * The layers that `optimization.frozen` names, by layer (`features.0`) or group (`features`), in network order.
 * @throws StudioError `invalid-recipe` for a name that the network does not have, or when nothing is left to train
 */
export function frozenLayers(network: Network, { frozen }: Recipe['optimization']): string[] {
  const chosen = frozen.map((name, index) => named(network, name, `optimization.frozen[${index}]`))
  const names = new Set(chosen.flat())
  const layers = trainableLayers(network)
  if (layers.every((name) => names.has(name))) {
    throw new StudioError('invalid-recipe', 'optimization.frozen: no layer is left to train', {
      hint: 'Leave at least the classifier unfrozen.',
    })
  }
  return layers.filter((name) => names.has(name))
}

/** `optimization.rateFactors` by layer. A layer's own factor goes before that of its group. @throws as frozenLayers */
export function layerRateFactors(
  network: Network,
  { rateFactors }: Recipe['optimization'],
): Record<string, number> {
  const entries = Object.entries(rateFactors).sort(
    ([a], [b]) => Number(groups.includes(b)) - Number(groups.includes(a)),
  )
  return Object.fromEntries(
    entries.flatMap(([name, factor]) =>
      named(network, name, `optimization.rateFactors.${name}`).map((layer) => [layer, factor]),
    ),
  )
}

function named(network: Network, name: string, path: string): string[] {
  const layers = trainableLayers(network)
  const found = layers.filter(
    (layer) => layer === name || (groups.includes(name) && layer.startsWith(`${name}.`)),
  )
  if (found.length > 0) return found
  throw new StudioError('invalid-recipe', `${path}: ${network.name} has no layer “${name}” with weights`, {
    hint: `There are: ${[...groups, ...layers].join(', ')}.`,
  })
}

function trainableLayers(network: Network): string[] {
  return [...new Set(parameters(network).map(({ layer }) => layer))]
}
