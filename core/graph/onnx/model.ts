import { bytesOf, type Tensor, type Tensors } from '../../base/tensor.ts'
import type { Network } from '../../network/types.ts'
import { usedNodes, type Graph, type Node, type Value } from '../ir.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { inferenceGraph } from '../step.ts'
import { lower } from './lower.ts'
import { dataTypes, encodeModel, type OnnxNode, type OnnxTensor, type OnnxValue } from './schema.ts'
import { onnxWriter, type Dialect, type OnnxWriter } from './writer.ts'

/**
 * An ONNX model of the graph. Inputs and outputs keep the graph's names; the number of images is symbolic.
 *
 * @param constants parameters that become initializers; the others become inputs
 * @param outside the initializers' values stay outside: the caller that runs the model supplies them (see openSession)
 */
export function onnxModel(
  graph: Graph,
  options: {
    readonly name: string
    readonly dialect: Dialect
    readonly constants?: Tensors
    readonly outside?: boolean
    readonly metadata?: Record<string, string>
  },
): Uint8Array {
  const writer = onnxWriter(options.dialect)
  const names = writeNodes(writer, graph)
  const inputs: OnnxValue[] = []
  const initializers: OnnxTensor[] = []
  for (const { operation, outputs } of graph.nodes) {
    if (operation.op !== 'input' && operation.op !== 'parameter') continue
    const constant = operation.op === 'parameter' ? options.constants?.get(operation.name) : undefined
    if (constant) initializers.push(initializer(operation.name, constant, options.outside))
    else inputs.push({ name: operation.name, shape: outputs[0]!.shape })
  }
  const outputs = new Map([...graph.outputs].map(([name, value]) => [names.get(value.id)!, name]))
  return encodeModel({
    name: options.name,
    nodes: writer.nodes.map((node) => renamed(node, outputs)),
    initializers: [...initializers, ...writer.initializers],
    inputs,
    outputs: [...graph.outputs].map(([name, value]) => ({ name, shape: value.shape })),
    ...(options.metadata ? { metadata: options.metadata } : {}),
  })
}

/** The network as a deployable model: input `images` N×3×H×W, normalized; output `logits` N×K; weights inside. */
export function inferenceModel(
  network: Network,
  weights: Tensors,
  metadata: Record<string, string> = {},
): Uint8Array {
  return onnxModel(inferenceGraph(withoutAuxiliary(network)), {
    name: network.name,
    dialect: 'standard',
    constants: weights,
    metadata,
  })
}

/**
 * Lowers what the outputs need; returns the ONNX name of each value. What nothing else reads comes last, the first of
 * it at the very end: ONNX Runtime starts from the last such node and computes what it needs, so that gradients are
 * computed in the order of the backward pass, and what they are computed from is free as early as can be.
 */
function writeNodes(writer: OnnxWriter, graph: Graph): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  const nameOf = (value: Value): string => names.get(value.id)!
  const nodes = usedNodes(graph)
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.map(({ id }) => id)))
  const isRead = (node: Node): boolean => node.outputs.some(({ id }) => read.has(id))
  for (const node of [...nodes.filter(isRead), ...nodes.filter((node) => !isRead(node)).reverse()]) {
    const outputs = lower(writer, node, nameOf)
    node.outputs.forEach((value, index) => names.set(value.id, outputs[index]!))
  }
  return names
}

/** Gives the values that leave the graph their public names (an Identity node would copy each gradient). */
function renamed(node: OnnxNode, names: ReadonlyMap<string, string>): OnnxNode {
  const rename = (name: string): string => names.get(name) ?? name
  return { ...node, input: node.input.map(rename), output: node.output.map(rename) }
}

function initializer(name: string, { shape, data }: Tensor, outside = false): OnnxTensor {
  const raw_data = outside ? undefined : bytesOf(data)
  return { name, data_type: dataTypes.float, dims: shape, raw_data }
}
