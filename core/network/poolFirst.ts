import type { Layer, Network } from './types.ts'

/**
 * The same network with each max pooling before the rectification that it follows: max(relu(x)) = relu(max(x)), and
 * so are the gradients. A quarter of the rectifying is left, and training need not keep what is before the pooling.
 * What the two layers are called stays with the places, so that whoever reads the second still does.
 */
export function poolFirst(network: Network): Network {
  const byName = new Map(network.layers.map((layer) => [layer.name, layer]))
  const read = [
    ...network.layers.flatMap(({ inputs }) => inputs),
    ...network.outputs.map(({ layer }) => layer),
  ]
  const replaced = new Map<string, Layer>()
  for (const pool of network.layers) {
    if (pool.kind !== 'maxPool') continue
    const relu = byName.get(pool.inputs[0]!)
    if (relu?.kind !== 'relu' || read.filter((name) => name === relu.name).length > 1) continue
    replaced.set(relu.name, { ...pool, name: relu.name, inputs: relu.inputs })
    replaced.set(pool.name, { ...relu, name: pool.name, inputs: pool.inputs })
  }
  return { ...network, layers: network.layers.map((layer) => replaced.get(layer.name) ?? layer) }
}
