import { StudioError } from '../base/errors.ts'
import { parameters } from '../network/parameters.ts'
import type { Network } from '../network/types.ts'
import type { Recipe } from './recipe.ts'

/**
 * The layers that `optimization.frozen` names, by layer (`features.0`) or group (the beginning of layers' names: `features`), in network
 * order.
 * @throws StudioError `invalid-recipe` for a name that the network does not have, or when nothing is left to train
 */
export function frozenLayers(network: Network, { frozen }: Recipe['optimization']): string[] {
  const chosen = frozen.map((name, index) => named(network, name, `optimization.frozen[${index}]`))
  const names = new Set(chosen.flat())
  const layers = trainableLayers(network)
  if (layers.every((name) => names.has(name))) {
    throw new StudioError('invalid-recipe', { what: 'all-frozen' })
  }
  return layers.filter((name) => names.has(name))
}

/** `optimization.rateFactors` by layer. The factor of a longer name goes before that of its group. @throws as frozenLayers */
export function layerRateFactors(
  network: Network,
  { rateFactors }: Recipe['optimization'],
): Record<string, number> {
  const depth = (name: string): number => name.split('.').length
  const entries = Object.entries(rateFactors).sort(([a], [b]) => depth(a) - depth(b))
  return Object.fromEntries(
    entries.flatMap(([name, factor]) =>
      named(network, name, `optimization.rateFactors.${name}`).map((layer) => [layer, factor]),
    ),
  )
}

function named(network: Network, name: string, path: string): string[] {
  const layers = trainableLayers(network)
  const found = layers.filter((layer) => layer === name || layer.startsWith(`${name}.`))
  if (found.length > 0) return found
  throw new StudioError('invalid-recipe', {
    what: 'unknown-layer',
    setting: path,
    network: network.name,
    name,
    layers: [...groupsOf(layers), ...layers],
  })
}

function trainableLayers(network: Network): string[] {
  return [...new Set(parameters(network).map(({ layer }) => layer))]
}

/** First parts of the names: `features`, `classifier`. */
const groupsOf = (layers: readonly string[]): ReadonlySet<string> =>
  new Set(layers.flatMap((layer) => (layer.includes('.') ? [layer.split('.')[0]!] : [])))
