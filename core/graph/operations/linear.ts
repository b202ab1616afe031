import type { OperationOf, Value } from '../ir.ts'
import { inComputation } from '../tensorflow/lowering.ts'
import type { Gradient, Rows } from './row.ts'

export const linearRows: Rows<'matmul' | 'channelSum'> = {
  matmul: {
    shapes: ({ transposeA, transposeB }, [a, b]) => [
      [a!.shape[transposeA ? 1 : 0]!, b!.shape[transposeB ? 0 : 1]!],
    ],
    gradient: matmulGradient,
    onnx: (writer, operands, { transposeA, transposeB }) =>
      writer.node(
        'Gemm',
        operands.map(({ name }) => name),
        { transA: Number(transposeA), transB: Number(transposeB) },
      ),
    tensorflow: inComputation(({ writer, T }, [a, b, bias], { operation }) => {
      const { transposeA, transposeB } = operation
      const attributes = { ...T, transpose_a: transposeA, transpose_b: transposeB }
      const product = writer.node('MatMul', [a!, b!], attributes)
      return bias === undefined
        ? product
        : writer.node('BiasAdd', [product, bias], { ...T, data_format: 'NHWC' })
    }),
  },
  channelSum: {
    shapes: (_, [x]) => [[x!.shape[1]!]],
    gradient: null,
    onnx(writer, [x]) {
      const others = x!.shape.map((_, axis) => axis).filter((axis) => axis !== 1)
      return writer.node('ReduceSum', [x!.name, writer.integers(others)], { keepdims: 0 })
    },
    tensorflow: inComputation(({ writer, T }, inputs) =>
      writer.node('BiasAddGrad', inputs, { ...T, data_format: 'NHWC' }),
    ),
  },
}

function matmulGradient({
  graph,
  operation: { transposeA: ta, transposeB: tb },
  inputs: [a, b, bias],
  dy,
}: Parameters<Gradient<'matmul'>>[0]): ReturnType<Gradient<'matmul'>> {
  const multiply = (left: Value, right: Value, transposeA: boolean, transposeB: boolean): Value => {
    const operation: OperationOf<'matmul'> = { op: 'matmul', transposeA, transposeB }
    return graph.node(operation, [left, right])
  }
  return [
    [b, () => (tb ? multiply(dy, a!, true, ta) : multiply(a!, dy, !ta, false))],
    [bias, () => graph.node({ op: 'channelSum' }, [dy])],
    [a, () => (ta ? multiply(b!, dy, tb, true) : multiply(dy, b!, false, !tb))],
  ]
}
