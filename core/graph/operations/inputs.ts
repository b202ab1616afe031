import { noGradient, type Rows } from './row.ts'

export const inputRows: Rows<'input' | 'parameter'> = {
  input: {
    shapes: ({ shape }) => [shape],
    gradient: noGradient,
    onnx: (_writer, _operands, { name }) => name,
    tensorflow: ({ sources }, _operands, { name }) => sources.input(name),
  },
  parameter: {
    shapes: ({ shape }) => [shape],
    gradient: noGradient,
    onnx: (_writer, _operands, { name }) => name,
    tensorflow: ({ sources }, _operands, { name }) => sources.parameter(name),
  },
}
