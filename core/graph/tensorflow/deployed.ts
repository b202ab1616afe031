import { parameters, type Parameter } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { inferenceGraph } from '../step.ts'
import { lowerGraph } from './lowerGraph.ts'
import type { Signature } from './schema.ts'
import { placeholder } from './variables.ts'
import type { Tensorflow, TensorflowWriter } from './writer.ts'

/**
 * Writes the network forward as it leaves the house, in 32-bit floats: `images` N×H×W×3, as TensorFlow has them, →
 * `logits` N×K. Nodes are called so, too.
 * @param parameter writes one: kH×kW×I×O or out×in
 * @param anySize whether it takes maps of any size (see toDense)
 */
export function deployedNetwork(
  writer: TensorflowWriter,
  trained: Network,
  anySize: boolean,
  parameter: (parameter: Parameter) => Tensorflow,
): Signature {
  const network = withoutAuxiliary(trained)
  const byName = new Map(parameters(network).map((one) => [one.name, parameter(one)]))
  const [channels, height, width] = network.input
  const sides = anySize ? [-1, -1] : [height, width]
  const images = placeholder(writer, 'images', [-1, ...sides, channels])
  const sources = {
    input: () => ({ name: images.tensor, type: 'float' }) as const,
    parameter: (name: string) => byName.get(name)!,
  }
  const graph = inferenceGraph(network, anySize)
  const result = lowerGraph({ writer, sources, computation: 'float' }, graph).get('logits')!
  const logits = writer.node('Identity', [result.name], { T: { type: 'float' } }, 'logits')
  return {
    inputs: { images },
    outputs: { logits: { tensor: logits, type: 'float', shape: [-1, network.classes] } },
  }
}
