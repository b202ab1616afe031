import { dataTypes, shapeProto, type DataType, type TensorflowNode, type TensorflowShape } from './schema.ts'

/** A node's attribute: a boolean or a string as it is, a number with its kind. */
export type Attribute =
  | boolean
  | string
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly types: readonly DataType[] }
  | { readonly texts: readonly string[] | string }
  | { readonly float: number }
  | { readonly type: DataType }
  | { readonly shape: TensorflowShape }
  | { readonly tensor: { type: DataType; shape: readonly number[]; content: Uint8Array } }
export type Attributes = Readonly<Record<string, Attribute>>

/** A tensor of the graph: `node` or `node:output`. */
export interface Tensorflow {
  readonly name: string
  readonly type: DataType
}

/** The number types that the network computes in. */
export type Computation = 'float' | 'bfloat16'

/** Collects the nodes of a TensorFlow graph. */
export interface TensorflowWriter {
  readonly nodes: readonly TensorflowNode[]
  /** Appends a node; returns its name, which also names its first output. A name that is given must be new. */
  node(op: string, inputs: readonly string[], attributes?: Attributes, name?: string): string
  /** Constants; equal ones are written once. */
  integers(values: readonly number[]): string
  integer(value: number): string
  float(value: number): string
  /** The tensor in another number type; converted once, however often it is asked for. */
  cast(tensor: Tensorflow, type: DataType): string
  /** The device of what `write` appends (`/device:GPU:1`); '' leaves the choice to TensorFlow. */
  on<T>(device: string, write: () => T): T
}

export function tensorflowWriter(): TensorflowWriter {
  const nodes: TensorflowNode[] = []
  const known = new Map<string, string>()
  let device = ''

  function node(op: string, inputs: readonly string[], attributes: Attributes = {}, name?: string): string {
    const chosen = name ?? `${op}_${nodes.length}`
    const attr = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, encode(value)]))
    nodes.push({ name: chosen, op, input: inputs, device, attr })
    return chosen
  }

  /** Writes what is not there yet, on each device for itself. */
  function once(key: string, write: () => string): string {
    const ownKey = `${device} ${key}`
    const name = known.get(ownKey) ?? write()
    known.set(ownKey, name)
    return name
  }

  function constant(type: 'float' | 'int32', shape: readonly number[], content: Uint8Array): string {
    return once(`${type}[${shape.join()}]${Buffer.from(content).toString('base64')}`, () =>
      node('Const', [], { dtype: { type }, value: { tensor: { type, shape, content } } }),
    )
  }

  const int32 = (values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)
  return {
    nodes,
    node,
    integers: (values) => constant('int32', [values.length], int32(values)),
    integer: (value) => constant('int32', [], int32([value])),
    float: (value) => constant('float', [], new Uint8Array(Float32Array.of(value).buffer)),
    cast({ name, type: from }, to) {
      if (from === to) return name
      const attributes = { SrcT: { type: from }, DstT: { type: to } }
      return once(`cast ${name} ${to}`, () => node('Cast', [name], attributes))
    },
    on(chosen, write) {
      const before = device
      device = chosen
      try {
        return write()
      } finally {
        device = before
      }
    },
  }
}

function encode(value: Attribute): object {
  if (typeof value === 'boolean') return { b: value }
  if (typeof value === 'string') return { s: Buffer.from(value) }
  if ('int' in value) return { i: value.int }
  if ('ints' in value) return { list: { i: value.ints } }
  if ('types' in value) return { list: { type: value.types.map((type) => dataTypes[type]) } }
  if ('texts' in value) {
    const texts = typeof value.texts === 'string' ? [value.texts] : value.texts
    const shape = shapeProto(typeof value.texts === 'string' ? [] : [texts.length])
    const string_val = texts.map((text) => Buffer.from(text))
    return { tensor: { dtype: dataTypes.string, tensor_shape: shape, string_val } }
  }
  if ('float' in value) return { f: value.float }
  if ('type' in value) return { type: dataTypes[value.type] }
  if ('shape' in value) return { shape: shapeProto(value.shape) }
  const { type, shape, content } = value.tensor
  return { tensor: { dtype: dataTypes[type], tensor_shape: shapeProto(shape), tensor_content: content } }
}
