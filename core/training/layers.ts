import { StudioError } from '../base/errors.ts'
import { headLayers } from '../network/headLayers.ts'
import { parameters } from '../network/parameters.ts'
import { layerShapes } from '../network/shapes.ts'
import type { Network } from '../network/types.ts'
import type { Recipe } from './recipe.ts'
import { allButHead, allButLastGroup } from './recipeSchema.ts'

/**
 * The layers that stay as they are in an epoch, in network order. `optimization.frozen` names them by layer
 * (`features.0`), by the beginning of layers' names (`features`) or by group (`group1`, see layerGroups), or says
 * `all-but-head` or `all-but-last-group`; with `optimization.unfreeze` the last groups of them learn from later epochs on.
 * @param epoch from 0
 * @throws StudioError `invalid-recipe` for a name that the network does not have, or when nothing is left to train
 */
export function frozenLayers(
  network: Network,
  { frozen, unfreeze }: Pick<Recipe['optimization'], 'frozen' | 'unfreeze'>,
  epoch = 0,
): string[] {
  const chosen = frozen.map((name, index) => named(network, name, `optimization.frozen[${index}]`))
  const names = new Set(chosen.flat())
  const layers = trainableLayers(network)
  if (layers.every((name) => names.has(name))) {
    throw new StudioError('invalid-recipe', { what: 'all-frozen' })
  }
  const held = layerGroups(network).filter((group) => group.layers.some((name) => names.has(name)))
  const released = unfreeze === null ? 0 : Math.min(held.length, Math.floor(epoch / unfreeze.every))
  for (const group of held.slice(held.length - released)) for (const name of group.layers) names.delete(name)
  return layers.filter((name) => names.has(name))
}

/**
 * Layers with weights in groups, from the images to the logits: each begins where maps get smaller; the last are the
 * layers behind the maps, the head.
 */
export function layerGroups(
  network: Network,
): readonly { readonly name: string; readonly layers: readonly string[] }[] {
  const shapes = layerShapes(network)
  const head = headLayers(network)
  const learning = trainableLayers(network)
  const sides = new Map<number, string[]>()
  let side = 0
  for (const { name } of network.layers) {
    if (head.has(name)) continue
    // What makes a map's gates belongs to the map.
    side = shapes.get(name)![1] ?? side
    if (learning.includes(name)) sides.set(side, [...(sides.get(side) ?? []), name])
  }
  const maps = [...sides].sort(([a], [b]) => b - a)
  const groups = maps.map(([, layers], index) => ({ name: `group${index + 1}`, layers }))
  return [...groups, { name: 'head', layers: learning.filter((name) => head.has(name)) }]
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
  const groups = layerGroups(network).slice(0, -1)
  if (name === allButHead) return groups.flatMap((group) => group.layers)
  if (name === allButLastGroup) return groups.slice(0, -1).flatMap((group) => group.layers)
  const group = groups.find((one) => one.name === name)
  if (group) return [...group.layers]
  const layers = trainableLayers(network)
  const found = layers.filter((layer) => layer === name || layer.startsWith(`${name}.`))
  if (found.length > 0) return found
  throw new StudioError('invalid-recipe', {
    what: 'unknown-layer',
    setting: path,
    network: network.name,
    name,
    layers: [allButHead, allButLastGroup, ...groups.map((one) => one.name), ...groupsOf(layers), ...layers],
  })
}

function trainableLayers(network: Network): string[] {
  return [...new Set(parameters(network).map(({ layer }) => layer))]
}

/** First parts of the names: `features`, `classifier`. */
const groupsOf = (layers: readonly string[]): ReadonlySet<string> =>
  new Set(layers.flatMap((layer) => (layer.includes('.') ? [layer.split('.')[0]!] : [])))
