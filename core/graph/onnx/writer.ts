import type { Size } from '../ir.ts'
import { dataTypes, type OnnxAttribute, type OnnxNode, type OnnxTensor } from './schema.ts'

/** Attribute values: integers, lists of integers; a float is written `{ float: 0.5 }`, since 1 is one too. */
export type Attributes = Readonly<
  Record<string, number | readonly number[] | { readonly float: number } | { readonly text: string }>
>

/**
 * What a model's nodes may be: all that ONNX Runtime's CPU provider has, standard ONNX only (for models that leave
 * the house), or the part that every GPU provider has too (no MaxPool indices, LRN, LogSoftmax or fused products).
 */
export type Dialect = 'cpu' | 'standard' | 'portable'

/** An input of an operation: its ONNX name and its shape. */
export interface Operand {
  readonly name: string
  readonly shape: readonly Size[]
}

/** Collects ONNX nodes and constants. Every method returns the name of a value. */
export interface OnnxWriter {
  readonly dialect: Dialect
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  node(type: string, inputs: readonly string[], attributes?: Attributes): string
  /** A node with several outputs. */
  multiple(type: string, inputs: readonly string[], outputs: number, attributes?: Attributes): string[]
  /** One more output of the node that has made `output`, its only one so far. */
  further(output: string): string
  /** A node of ONNX Runtime's own domain. */
  microsoft(type: string, inputs: readonly string[], attributes?: Attributes): string
  /** A list of integers, for shapes and axes. */
  integers(values: readonly number[]): string
  integer(value: number): string
  /** A float constant; a scalar when `shape` is left out. */
  floats(values: ArrayLike<number>, shape?: readonly number[]): string
  /** A scalar in double precision. */
  double(value: number): string
}

export function onnxWriter(dialect: Dialect): OnnxWriter {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const constants = new Map<string, string>()

  function append(
    type: string,
    domain: string,
    inputs: readonly string[],
    output: readonly string[],
    attributes: Attributes = {},
  ): void {
    const attribute = Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value))
    nodes.push({ op_type: type, domain, name: `${type}_${nodes.length}`, input: inputs, output, attribute })
  }

  function multiple(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Attributes,
  ): string[] {
    const names = Array.from({ length: outputs }, (_, index) => `${type}_${nodes.length}_${index}`)
    append(type, '', inputs, names, attributes)
    return names
  }

  function constant(data_type: number, dims: readonly number[], raw_data: Uint8Array): string {
    const key = `${data_type}[${dims.join()}]${Buffer.from(raw_data).toString('base64')}`
    const known = constants.get(key)
    if (known) return known
    const name = `constant_${initializers.length}`
    initializers.push({ name, data_type, dims, raw_data })
    constants.set(key, name)
    return name
  }

  return {
    dialect,
    nodes,
    initializers,
    multiple,
    node: (type, inputs, attributes) => multiple(type, inputs, 1, attributes)[0]!,
    further(output) {
      const index = nodes.findIndex((node) => node.output.length === 1 && node.output[0] === output)
      const name = `${output}_further`
      nodes[index] = { ...nodes[index]!, output: [output, name] }
      return name
    },
    microsoft(type, inputs, attributes) {
      const name = `${type}_${nodes.length}`
      append(type, 'com.microsoft', inputs, [name], attributes)
      return name
    },
    integers: (values) =>
      constant(
        dataTypes.int64,
        [values.length],
        new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer),
      ),
    integer: (value) => constant(dataTypes.int64, [], new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)),
    floats: (values, shape = []) =>
      constant(dataTypes.float, shape, new Uint8Array(Float32Array.from(values).buffer)),
    double: (value) => constant(dataTypes.double, [], new Uint8Array(Float64Array.of(value).buffer)),
  }
}

/** AttributeProto.AttributeType: FLOAT 1, INT 2, STRING 3, INTS 7. */
function encodeAttribute(name: string, value: Attributes[string]): OnnxAttribute {
  if (typeof value === 'number') return { name, type: 2, i: value }
  if ('float' in value) return { name, type: 1, f: value.float }
  if ('text' in value) return { name, type: 3, s: Buffer.from(value.text) }
  return { name, type: 7, ints: value }
}
