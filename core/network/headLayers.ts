import { layerShapes } from './shapes.ts'
import type { Network } from './types.ts'

/**
 * Names of the layers that make scores of the last map: those behind it on the way to the logits, and all that lead to
 * auxiliary outputs alone. Vectors that lead back into a map (the gates of squeeze-and-excitation) are not among them.
 */
export function headLayers(network: Network): ReadonlySet<string> {
  const shapes = layerShapes(network)
  /** Layers that lead to the logits, and those of them that lead to a map or into one. */
  const leading = new Set(network.outputs.flatMap(({ role, layer }) => (role === 'logits' ? [layer] : [])))
  const ofMaps = new Set<string>()
  const head = new Set<string>()
  for (const { name, inputs } of network.layers.toReversed()) {
    if (!leading.has(name)) {
      head.add(name)
      continue
    }
    const isOfMaps = ofMaps.has(name) || shapes.get(name)!.length === 3
    if (!isOfMaps) head.add(name)
    for (const input of inputs) {
      leading.add(input)
      if (isOfMaps) ofMaps.add(input)
    }
  }
  return head
}
