import { describe, expect, it } from 'vitest'
import { random } from '../../../core/base/random.ts'
import { elementCount, type Tensor } from '../../../core/base/tensor.ts'
import { cpuProvider } from '../../../core/engine/onnxruntime/providers.ts'
import { openSession, ortTensor, runSession } from '../../../core/engine/onnxruntime/session.ts'
import { builder, type Graph, type Size, type Value } from '../../../core/graph/ir.ts'
import { four, two } from '../../../core/graph/onnx/minimalFiltering.ts'
import { onnxModel } from '../../../core/graph/onnx/model.ts'
import type { Dialect } from '../../../core/graph/onnx/writer.ts'
import { relativeError } from '../../engine/fixtures.ts'

const channels = { in: 96, out: 72 }
const window = { kernel: 3, stride: 1, padding: 1 }

describe.each([
  [2, two],
  [4, four],
])('Minimal filtering of %i outputs', (count, { outputs, input, filter, output }) => {
  it('gives what the filter gives', () => {
    const draw = random(count)
    const [taps, read] = [noise(draw, 3), noise(draw, count + 2)]
    const times = (matrix: readonly (readonly number[])[], vector: readonly number[]) =>
      matrix.map((row) => row.reduce((sum, value, index) => sum + value * vector[index]!, 0))
    const [filtered, seen] = [times(filter, taps), times(input, read)]
    const products = filtered.map((value, index) => value * seen[index]!)
    const direct = Array.from({ length: count }, (_, at) =>
      taps.reduce((sum, tap, index) => sum + tap * read[at + index]!, 0),
    )
    expect(outputs).toBe(count)
    times(output, products).forEach((value, at) => expect(value).toBeCloseTo(direct[at]!, 12))
  })
})

describe.each([
  [1, 2],
  [2, 2],
  [4, 3],
  [7, 6],
  [8, 8],
  [9, 15],
  [14, 14],
  [5, 64],
])('A convolution of maps of %i×%i', (height, width) => {
  it('has the outputs and gradients by Winograd’s way that it has directly', async () => {
    const graph = convolution(height, width)
    const feeds = given(graph, 3)
    expect(convolutionsIn(graph, 'cpu')).toBe(0)
    const [fast, direct] = [await run(graph, 'cpu', feeds), await run(graph, 'standard', feeds)]
    for (const name of graph.outputs.keys()) {
      expect(relativeError(fast.get(name)!, direct.get(name)!), name).toBeLessThan(1e-5)
    }
  })
})

it('Convolutions that would not gain stay what they are', () => {
  const [forward, input, weight] = [1, 1, 0]
  expect(convolutionsIn(convolution(65, 65), 'cpu')).toBe(forward + input + weight)
  expect(convolutionsIn(convolution(8, 8, { in: 3, out: 64 }), 'cpu')).toBe(forward + input + weight)
  expect(convolutionsIn(convolution(8, 8), 'standard')).toBe(forward + input + weight)
  expect(convolutionsIn(convolution(8, 8), 'portable')).toBe(forward + input + weight)
  expect(convolutionsIn(convolution('H', 'W'), 'cpu', ['y'])).toBe(forward)
})

/** A convolution and its gradients, with random gradients of its outputs. */
function convolution(height: Size, width: Size, count = channels): Graph {
  const graph = builder()
  const [x, dy] = [
    graph.node({ op: 'input', name: 'x' }, [], ['N', count.in, height, width]),
    graph.node({ op: 'input', name: 'dy' }, [], ['N', count.out, height, width]),
  ]
  const weight = graph.node({ op: 'parameter', name: 'weight' }, [], [count.out, count.in, 3, 3])
  const bias = graph.node({ op: 'parameter', name: 'bias' }, [], [count.out])
  const outputs = new Map<string, Value>([
    ['y', graph.node({ op: 'conv2d', window }, [x, weight, bias], dy.shape)],
    ['dx', graph.node({ op: 'conv2dInputGradient', window }, [dy, weight], x.shape)],
    ['dweight', graph.node({ op: 'conv2dWeightGradient', window }, [dy, x], weight.shape)],
  ])
  return { nodes: graph.nodes, outputs }
}

function given({ nodes }: Graph, images: number): ReadonlyMap<string, Tensor> {
  const draw = random(1)
  return new Map(
    nodes.flatMap(({ operation, outputs: [value] }) => {
      if (operation.op !== 'input' && operation.op !== 'parameter') return []
      const shape = value!.shape.map((size) => (size === 'N' ? images : (size as number)))
      return [[operation.name, { shape, data: Float32Array.from(noise(draw, elementCount(shape))) }] as const]
    }),
  )
}

async function run(graph: Graph, dialect: Dialect, given: ReadonlyMap<string, Tensor>) {
  const session = await openSession(onnxModel(graph, { name: 'test', dialect }), {
    provider: cpuProvider,
    threads: 2,
  })
  const feeds = Object.fromEntries([...given].map(([name, tensor]) => [name, ortTensor(tensor)]))
  const fetches = Object.fromEntries([...graph.outputs.keys()].map((name) => [name, null]))
  const results = await runSession(session, cpuProvider, feeds, fetches)
  await session.release()
  return new Map(
    Object.entries(results).map(([name, { dims, data }]) => [
      name,
      { shape: dims, data: data as Float32Array },
    ]),
  )
}

/** How many Conv nodes the model has. */
function convolutionsIn(graph: Graph, dialect: Dialect, wanted = [...graph.outputs.keys()]): number {
  const outputs = new Map(wanted.map((name) => [name, graph.outputs.get(name)!]))
  const model = Buffer.from(onnxModel({ ...graph, outputs }, { name: 'test', dialect }))
  return new Set(model.toString('latin1').match(/\bConv_\d+(?!_)/g)).size
}

const noise = (draw: ReturnType<typeof random>, count: number): number[] =>
  Array.from({ length: count }, () => draw.normal())
