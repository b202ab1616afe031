import { expect, it } from 'vitest'
import { random } from '../../../core/base/random.ts'
import { elementCount, type Tensor } from '../../../core/base/tensor.ts'
import { cpuProvider } from '../../../core/engine/onnxruntime/providers.ts'
import { openSession, ortTensor, runSession } from '../../../core/engine/onnxruntime/session.ts'
import { builder, type Graph } from '../../../core/graph/ir.ts'
import { onnxModel } from '../../../core/graph/onnx/model.ts'
import type { Dialect } from '../../../core/graph/onnx/writer.ts'
import { relativeError } from '../../engine/fixtures.ts'

const window = { kernel: 3, stride: 1, padding: 1 }

it.each([
  [6, 8],
  [8, 6],
  [18, 20],
  [9, 4],
])(
  'a channel of zeros for GPU providers changes nothing of a convolution of %i to %i channels',
  async (inputs, outputs) => {
    const graph = builder()
    const x = graph.node({ op: 'input', name: 'x' }, [], ['N', inputs, 7, 7])
    const dy = graph.node({ op: 'input', name: 'dy' }, [], ['N', outputs, 7, 7])
    const weight = graph.node({ op: 'parameter', name: 'weight' }, [], [outputs, inputs, 3, 3])
    const bias = graph.node({ op: 'parameter', name: 'bias' }, [], [outputs])
    const y = graph.node({ op: 'conv2d', window }, [x, weight, bias], dy.shape)
    const dx = graph.node({ op: 'conv2dInputGradient', window }, [dy, weight], x.shape)
    const both = {
      nodes: graph.nodes,
      outputs: new Map([
        ['y', y],
        ['dx', dx],
      ]),
    }
    const draw = random(1)
    const given = Object.fromEntries(
      [x, dy, weight, bias].map((value, index) => {
        const shape = value.shape.map((size) => (size === 'N' ? 2 : (size as number)))
        const data = Float32Array.from({ length: elementCount(shape) }, () => draw.normal())
        return [['x', 'dy', 'weight', 'bias'][index]!, { shape, data }]
      }),
    )
    const [portable, standard] = [await run(both, 'portable', given), await run(both, 'standard', given)]
    for (const name of ['y', 'dx']) expect(relativeError(portable[name]!, standard[name]!)).toBeLessThan(1e-5)
  },
)

async function run(graph: Graph, dialect: Dialect, given: Readonly<Record<string, Tensor>>) {
  const model = onnxModel(graph, { name: 'test', dialect })
  const session = await openSession(model, { provider: cpuProvider, threads: 2 })
  const feeds = Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, ortTensor(tensor)]))
  const results = await runSession(session, cpuProvider, feeds, { y: null, dx: null })
  await session.release()
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => [
      name,
      { shape: dims, data: data as Float32Array },
    ]),
  )
}
