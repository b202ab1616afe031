import type { Node, Value } from '../ir.ts'
import { rowOf } from '../operations/index.ts'
import type { OnnxWriter, Operand } from './writer.ts'

/** Writes one operation of our vocabulary as ONNX nodes; returns the names of its outputs. */
export function lower(writer: OnnxWriter, node: Node, names: (value: Value) => string): readonly string[] {
  const { operation } = node
  const operands = node.inputs.map((value): Operand => ({ name: names(value), shape: value.shape }))
  const written = rowOf(operation).onnx(writer, operands, operation, node.outputs[0]!.shape)
  return typeof written === 'string' ? [written] : written
}
