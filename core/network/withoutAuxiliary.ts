import type { Network } from './types.ts'

/**
 * The network as it is used once it is trained: auxiliary classifiers, which only teach the layers before them, are gone.
 * The same network where there are none.
 */
export function withoutAuxiliary(network: Network): Network {
  const outputs = network.outputs.filter(({ role }) => role === 'logits')
  if (outputs.length === network.outputs.length) return network
  const needed = new Set(outputs.map(({ layer }) => layer))
  for (const { name, inputs } of network.layers.toReversed())
    if (needed.has(name)) for (const input of inputs) needed.add(input)
  return { ...network, layers: network.layers.filter(({ name }) => needed.has(name)), outputs }
}
