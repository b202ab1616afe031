import { aroundNetwork, exit } from './aroundNetwork.ts'
import { foldBatchNorm } from './foldBatchNorm.ts'
import type { OnnxModel, OnnxNode } from './schema.ts'
import { onnxWriter } from './writer.ts'

/** The parts of a deployed model that become 8 bits, before it is known which values its activations take. */
export interface QuantizationPlan {
  /** The model, with batch normalization folded into convolutions. */
  readonly model: OnnxModel
  /** Activations in 8 bits, and whose range each has: that of what it only picks or rearranges values of. */
  readonly activations: ReadonlyMap<string, string>
  /** Layers with weights in 8 bits. */
  readonly layers: ReadonlySet<OnnxNode>
  /** ReLUs that are gone, since the levels of what they read start at 0; their output, by their input. */
  readonly cut: ReadonlyMap<string, string>
}

/**
 * Chooses as ONNX Runtime's quantizer does where it writes QuantizeLinear and DequantizeLinear (static, QDQ): convolutions and
 * products with their inputs and outputs, sums and concatenations, and pooling and reshaping of what is in 8 bits already.
 * The logits stay floats: 256 levels would tie the best classes.
 * @param deployed opset 13, weights inside (deployedModel)
 */
export function planQuantization(deployed: OnnxModel): QuantizationPlan {
  const model = foldBatchNorm(deployed)
  const constants = new Set(model.initializers.map(({ name }) => name))
  const outside = aroundNetwork(model)
  const readers = Map.groupBy(
    model.nodes.flatMap(({ input }) => input),
    (name) => name,
  )
  const activations = new Map<string, string>()
  const layers = new Set<OnnxNode>()
  const cut = new Map<string, string>()
  const mark = (...names: readonly string[]): void => {
    for (const name of names) if (name !== exit && !activations.has(name)) activations.set(name, name)
  }
  for (const node of model.nodes) {
    if (outside.has(node)) continue
    const [input, output] = [node.input[0]!, node.output[0]!]
    if (hasWeights(node, constants)) {
      layers.add(node)
      mark(input, output)
    } else if (node.op_type === 'Add' || node.op_type === 'Concat') {
      if (!node.input.some((name) => constants.has(name))) mark(...node.input, output)
    } else if (node.op_type === 'Relu' && activations.has(input)) {
      const isOwn = activations.get(input) === input && !model.inputs.some(({ name }) => name === input)
      if (isOwn && readers.get(input)!.length === 1) {
        activations.delete(input)
        cut.set(input, output)
      }
      mark(output)
    } else if (['MaxPool', 'AveragePool', 'Reshape'].includes(node.op_type) && output !== exit) {
      const range = activations.get(input)
      if (range !== undefined) activations.set(output, range)
    }
  }
  return { model, activations, layers, cut }
}

/** A convolution, or a product with a matrix whose rows are output channels. */
function hasWeights({ op_type, input, attribute }: OnnxNode, constants: ReadonlySet<string>): boolean {
  if (!input.slice(1).every((name) => constants.has(name))) return false
  const value = (name: string): number => attribute.find((one) => one.name === name)?.i ?? 0
  return op_type === 'Conv' || (op_type === 'Gemm' && value('transB') === 1 && value('transA') === 0)
}

/** Outputs of `observingModel`. */
export const observedNames = ({ activations }: QuantizationPlan): readonly string[] => [
  ...new Set(activations.values()),
]
export const leastOf = (name: string): string => `${name}_least`
export const mostOf = (name: string): string => `${name}_most`

/** The model with, instead of its outputs, the least and greatest value of each activation that becomes 8 bits. */
export function observingModel(plan: QuantizationPlan): OnnxModel {
  const { model } = plan
  const names = observedNames(plan)
  const observers = names.flatMap((name) => [
    node('ReduceMin', [name], leastOf(name), { keepdims: 0 }),
    node('ReduceMax', [name], mostOf(name), { keepdims: 0 }),
  ])
  return {
    ...model,
    nodes: [...model.nodes, ...observers],
    outputs: observers.map(({ output }) => ({ name: output[0]!, shape: [] })),
  }
}

/** A node by itself. */
export function node(
  type: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): OnnxNode {
  const writer = onnxWriter('standard')
  writer.node(type, input, attributes)
  return { ...writer.nodes[0]!, name: `${type}_${output}`, output: [output] }
}
