import { random } from '../../../core/base/random.ts'
import { elementCount, type Tensor } from '../../../core/base/tensor.ts'
import { cpuProvider } from '../../../core/engine/onnxruntime/providers.ts'
import { openSession, ortTensor, runSession } from '../../../core/engine/onnxruntime/session.ts'
import { builder } from '../../../core/graph/builder.ts'
import type { Graph, Size, Value } from '../../../core/graph/ir.ts'
import { onnxModel } from '../../../core/graph/onnx/model.ts'
import type { Dialect } from '../../../core/graph/onnx/writer.ts'

/** Channels of a convolution's inputs and outputs. */
export interface Channels {
  readonly in: number
  readonly out: number
}

/** A 3×3 convolution and its gradients, with random gradients of its outputs: `y`, `dx`, `dweight`. */
export function convolution(height: Size, width: Size, channels: Channels): Graph {
  const convolution = { kernel: 3, stride: 1, padding: 1, groups: 1, algorithm: 'direct' } as const
  const graph = builder()
  const given = (op: 'input' | 'parameter', name: string, shape: readonly Size[]): Value =>
    graph.node({ op, name, shape }, [])
  const x = given('input', 'x', ['N', channels.in, height, width])
  const dy = given('input', 'dy', ['N', channels.out, height, width])
  const weight = given('parameter', 'weight', [channels.out, channels.in, 3, 3])
  const bias = given('parameter', 'bias', [channels.out])
  const outputs = new Map<string, Value>([
    ['y', graph.node({ op: 'conv2d', convolution }, [x, weight, bias])],
    ['dx', graph.node({ op: 'conv2dInputGradient', convolution, shape: x.shape }, [dy, weight])],
    ['dweight', graph.node({ op: 'conv2dWeightGradient', convolution }, [dy, x])],
  ])
  return { nodes: graph.nodes, outputs }
}

/** Noise for all that the graph takes. */
export function noiseFor({ nodes }: Graph, images: number): ReadonlyMap<string, Tensor> {
  const draw = random(1)
  return new Map(
    nodes.flatMap(({ operation, outputs: [value] }) => {
      if (operation.op !== 'input' && operation.op !== 'parameter') return []
      const shape = value!.shape.map((size) => (size === 'N' ? images : (size as number)))
      const data = Float32Array.from({ length: elementCount(shape) }, () => draw.normal())
      return [[operation.name, { shape, data }] as const]
    }),
  )
}

/** What ONNX Runtime's CPU provider gives for the graph as it is written in a dialect. */
export async function run(
  graph: Graph,
  dialect: Dialect,
  given: ReadonlyMap<string, Tensor>,
): Promise<ReadonlyMap<string, Tensor>> {
  const model = onnxModel(graph, { name: 'test', dialect })
  const session = await openSession(model, { provider: cpuProvider, threads: 2 })
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
