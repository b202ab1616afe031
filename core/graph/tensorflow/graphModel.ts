import { weightValues, type PackedWeights, type WeightType } from './packedWeights.ts'
import { tensorflowWriter } from './writer.ts'
import { typeNames, type Endpoint, type Signature, type TensorflowNode, type DataType } from './schema.ts'

/** A graph as TensorFlow.js loads it: model.json, and weights in files beside it. */
export interface GraphModel {
  /** Content of model.json. */
  readonly description: object
  /** Content of the files that it names, in their order. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

export interface GraphModelOptions {
  /** How weights with two dimensions and more are kept; others stay floats. */
  readonly weights: WeightType
  /** Before the names of the files with weights. */
  readonly folder: string
  readonly metadata: Readonly<Record<string, string>>
}

/** Bytes of a file with weights, at most: what browsers cache. */
const fileSize = 4 * 1024 ** 2

interface Constant {
  readonly name: string
  readonly type: DataType
  readonly shape: readonly number[]
  readonly content: Uint8Array
}

/** Values of all constants move from the nodes into files. */
export function graphModel(
  nodes: readonly TensorflowNode[],
  signature: Signature,
  { weights, folder, metadata }: GraphModelOptions,
): GraphModel {
  const packed = nodes.flatMap((node) => (node.op === 'Const' ? [packedConstant(node, weights)] : []))
  const total = packed.reduce((sum, { content }) => sum + content.length, 0)
  const count = Math.max(1, Math.ceil(total / fileSize))
  const paths = Array.from(
    { length: count },
    (_, index) => `${folder}/group1-shard${index + 1}of${count}.bin`,
  )
  return {
    description: {
      format: 'graph-model',
      generatedBy: 'VGG Studio',
      modelTopology: { node: nodes.map(nodeJson), library: {}, versions: { producer: 1087 } },
      signature: { inputs: endpoints(signature.inputs), outputs: endpoints(signature.outputs) },
      userDefinedMetadata: metadata,
      weightsManifest: [{ paths, weights: packed.map(({ entry }) => entry) }],
    },
    files: new Map(filled(packed, paths)),
  }
}

/**
 * The nodes that a signature needs, with constants in place of variables.
 * @param value of the variable that a node of that name is
 */
export function variablesAsConstants(
  nodes: readonly TensorflowNode[],
  { outputs }: Signature,
  value: (name: string) => { readonly shape: readonly number[]; readonly content: Uint8Array },
): readonly TensorflowNode[] {
  const needed = new Set(Object.values(outputs).map(({ tensor }) => nodeOf(tensor)))
  const writer = tensorflowWriter()
  const constants = new Map<string, TensorflowNode>()
  for (const node of nodes.toReversed()) {
    if (!needed.has(node.name)) continue
    if (node.op === 'ReadVariableOp') {
      const tensor = { type: 'float', ...value(nodeOf(node.input[0]!)) } as const
      writer.node('Const', [], { dtype: { type: 'float' }, value: { tensor } }, node.name)
      constants.set(node.name, writer.nodes.at(-1)!)
    } else for (const input of node.input) needed.add(nodeOf(input))
  }
  return nodes.flatMap((node) => (needed.has(node.name) ? [constants.get(node.name) ?? node] : []))
}

/** `^node` and `node:1` are of that node. */
const nodeOf = (tensor: string): string => tensor.replace(/^\^/, '').replace(/:\d+$/, '')

/** Weights one after the other, cut at the files' size. */
function* filled(
  packed: readonly { readonly content: Uint8Array }[],
  paths: readonly string[],
): Generator<[string, Uint8Array]> {
  const [...contents] = packed.map(({ content }) => content)
  for (const path of paths) {
    const parts: Uint8Array[] = []
    for (let free = fileSize; free > 0 && contents.length > 0;) {
      const next = contents[0]!
      parts.push(next.subarray(0, free))
      if (next.length > free) contents[0] = next.subarray(free)
      else contents.shift()
      free -= Math.min(free, next.length)
    }
    yield [path, Buffer.concat(parts)]
  }
}

function packedConstant(
  node: TensorflowNode,
  type: WeightType,
): { readonly entry: object; readonly content: Uint8Array } {
  const { name, shape, content, type: given } = constantOf(node)
  const entry = { name, shape, dtype: given === 'int32' ? 'int32' : 'float32' }
  if (type === 'float32' || given === 'int32' || shape.length < 2) return { entry, content }
  const values = new Float32Array(content.buffer, content.byteOffset, content.length / 4)
  const { content: smaller, quantization }: PackedWeights = weightValues(values, type)
  return { entry: { ...entry, ...(quantization && { quantization }) }, content: smaller }
}

interface TensorAttribute {
  readonly tensor: {
    readonly dtype: number
    readonly tensor_shape: { readonly dim: readonly { readonly size: number }[] }
    readonly tensor_content: Uint8Array
  }
}

function constantOf({ name, attr }: TensorflowNode): Constant {
  const { dtype, tensor_shape, tensor_content } = (attr['value'] as TensorAttribute).tensor
  const type = typeNames.get(dtype)!
  return { name, type, shape: tensor_shape.dim.map(({ size }) => size), content: tensor_content }
}

/** As protobuf writes JSON: 64-bit integers as text, bytes in base 64. */
function nodeJson(node: TensorflowNode): object {
  const { name, op, input } = node
  if (op === 'Const') {
    const { type, shape } = constantOf(node)
    const tensor = { dtype: jsonType(type), tensorShape: shapeJson(shape) }
    return { name, op, attr: { dtype: { type: jsonType(type) }, value: { tensor } } }
  }
  const attr = Object.fromEntries(
    Object.entries(node.attr).map(([key, value]) => [key, attributeJson(value)]),
  )
  return { name, op, input, attr }
}

function attributeJson(attribute: object): object {
  const value = attribute as {
    readonly s?: Buffer
    readonly i?: number
    readonly type?: number
    readonly list?: { readonly i: readonly number[] }
    readonly shape?: { readonly dim: readonly { readonly size: number }[] }
  }
  if (value.s) return { s: value.s.toString('base64') }
  if (value.i !== undefined) return { i: String(value.i) }
  if (value.list) return { list: { i: value.list.i.map(String) } }
  if (value.type !== undefined) return { type: jsonType(typeNames.get(value.type)!) }
  if (value.shape) return { shape: shapeJson(value.shape.dim.map(({ size }) => size)) }
  return attribute
}

const jsonType = (type: DataType): string => `DT_${type.toUpperCase()}`
const shapeJson = (shape: readonly number[]): object => ({
  dim: shape.map((size) => ({ size: String(size) })),
})

function endpoints(all: Readonly<Record<string, Endpoint>>): object {
  return Object.fromEntries(
    Object.entries(all).map(([key, { tensor, type, shape }]) => [
      key,
      { name: `${nodeOf(tensor)}:0`, dtype: jsonType(type), tensorShape: shapeJson(shape ?? []) },
    ]),
  )
}
