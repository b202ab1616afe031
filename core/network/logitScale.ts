import type { Tensors } from '../base/tensor.ts'
import type { Network } from './types.ts'

/** What divides its output where its input is divided: positively homogeneous, or linear without an offset. */
const passing: ReadonlySet<string> = new Set([
  'relu',
  'dropout',
  'flatten',
  'maxPool',
  'averagePool',
  'adaptiveAveragePool',
  'globalAveragePool',
])

/**
 * The weights of a network whose logits are divided by a temperature: those of its last linear layer or convolution, so
 * that every format carries it without a layer more.
 * @throws Error where another layer stands between it and the logits
 */
export function withTemperature(network: Network, weights: Tensors, temperature: number): Tensors {
  const { layer: logits } = network.outputs.find(({ role }) => role === 'logits')!
  let layer = network.layers.find(({ name }) => name === logits)!
  while (layer.kind !== 'linear' && layer.kind !== 'convolution') {
    if (!passing.has(layer.kind)) throw new Error(`${layer.name} (${layer.kind}) can't be divided`)
    const [before] = layer.inputs
    layer = network.layers.find(({ name }) => name === before)!
  }
  const scaled = new Map(weights)
  for (const part of ['weight', 'bias']) {
    const name = `${layer.name}.${part}`
    const tensor = weights.get(name)
    if (tensor) scaled.set(name, { ...tensor, data: tensor.data.map((value) => value / temperature) })
  }
  return scaled
}
