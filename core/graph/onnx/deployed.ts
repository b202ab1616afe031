import type { Tensors } from '../../base/tensor.ts'
import type { Network } from '../../network/types.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { inferenceGraph } from '../step.ts'
import { describeModel } from './model.ts'
import { preparePicture, type Preparation } from './picture.ts'
import { dataTypes, type OnnxModel, type OnnxNode, type OnnxTensor } from './schema.ts'
import { onnxWriter } from './writer.ts'

export interface DeployedOptions {
  readonly metadata: Record<string, string>
  /**
   * What the model does to pictures itself: its input is then `picture`, uint8 N×H×W×3, and its outputs are
   * `probabilities` and `logits`. Null: input `images`, N×3×H×W, normalized; output `logits`.
   */
  readonly preparation: Preparation | null
  /** Whether the network takes maps of any size (see toDense). */
  readonly anySize: boolean
  /** Images at a time. */
  readonly batch: number | 'any'
}

/**
 * The network as a model that leaves the house: standard operators of opset 13 only, for old runtimes, weights inside.
 */
export function deployedModel(trained: Network, weights: Tensors, options: DeployedOptions): OnnxModel {
  const { metadata, preparation, anySize, batch } = options
  const network = withoutAuxiliary(trained)
  const writer = onnxWriter('standard')
  const prepared = preparation && preparePicture(writer, 'picture', preparation)
  const described = describeModel(
    inferenceGraph(network, anySize),
    { name: network.name, dialect: 'standard', constants: weights, metadata },
    writer,
  )
  const model = forOpset13(withBatch(described, batch))
  if (prepared === null) return model
  const softmax = onnxWriter('standard')
  softmax.node('Softmax', ['logits'], { axis: -1 })
  const [node] = softmax.nodes
  return {
    ...model,
    nodes: [
      ...model.nodes.map((one) => renamedOutput(one, prepared, 'images')),
      { ...node!, name: 'Probabilities', output: ['probabilities'] },
    ],
    inputs: [{ name: 'picture', shape: [batch === 'any' ? 'N' : batch, 'H', 'W', 3], type: dataTypes.uint8 }],
    outputs: [{ name: 'probabilities', shape: model.outputs[0]!.shape }, ...model.outputs],
  }
}

function renamedOutput(node: OnnxNode, from: string, to: string): OnnxNode {
  return { ...node, output: node.output.map((name) => (name === from ? to : name)) }
}

function withBatch(model: OnnxModel, batch: number | 'any'): OnnxModel {
  if (batch === 'any') return model
  const fixed = ({ name, shape }: OnnxModel['inputs'][number]) => ({
    name,
    shape: shape.map((size) => (size === 'N' ? batch : size)),
  })
  return { ...model, inputs: model.inputs.map(fixed), outputs: model.outputs.map(fixed) }
}

/** Operators that opset 18 has otherwise than 13. */
const reductions = new Set(['ReduceMean', 'ReduceMax'])

/** In opset 13 the axes of these reductions are attributes, not inputs. */
function forOpset13(model: OnnxModel): OnnxModel {
  const nodes = model.nodes.map((node): OnnxNode => {
    const [input, axes] = node.input
    if (!reductions.has(node.op_type) || axes === undefined) return node
    const ints = integersOf(model.initializers.find(({ name }) => name === axes)!)
    return { ...node, input: [input!], attribute: [...node.attribute, { name: 'axes', type: 7, ints }] }
  })
  const read = new Set(nodes.flatMap(({ input }) => input))
  const initializers = model.initializers.filter(({ name }) => read.has(name))
  return { ...model, nodes, initializers, opset: 13 }
}

function integersOf({ raw_data }: OnnxTensor): number[] {
  const { buffer, byteOffset, length } = raw_data!
  return Array.from(new BigInt64Array(buffer, byteOffset, length / 8), Number)
}
