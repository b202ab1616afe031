import { bytesOf, type Tensor, type Tensors } from '../../base/tensor.ts'
import { usedNodes, type Graph, type Node, type Value } from '../ir.ts'
import { lower } from './lower.ts'
import {
  dataTypes,
  encodeModel,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './schema.ts'
import { onnxWriter, type Dialect, type OnnxWriter } from './writer.ts'

export interface OnnxModelOptions {
  readonly name: string
  readonly dialect: Dialect
  /** Parameters that become initializers; the others become inputs. */
  readonly constants?: Tensors
  /** The initializers' values stay outside: the caller that runs the model supplies them (see openSession). */
  readonly outside?: boolean
  readonly metadata?: Record<string, string>
}

/** An ONNX model of the graph. Inputs and outputs keep the graph's names; the number of images is symbolic. */
export function onnxModel(graph: Graph, options: OnnxModelOptions): Uint8Array {
  return encodeModel(describeModel(graph, options, onnxWriter(options.dialect)))
}

/**
 * The same before it is encoded.
 * @param writer holds nodes that come before the graph's, if any
 */
export function describeModel(graph: Graph, options: OnnxModelOptions, writer: OnnxWriter): OnnxModel {
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
  return {
    name: options.name,
    nodes: writer.nodes.map((node) => renamed(node, outputs)),
    initializers: [...initializers, ...writer.initializers],
    inputs,
    outputs: [...graph.outputs].map(([name, value]) => ({ name, shape: value.shape })),
    ...(options.metadata ? { metadata: options.metadata } : {}),
  }
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
