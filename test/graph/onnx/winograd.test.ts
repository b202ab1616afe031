import { describe, expect, it } from 'vitest'
import { random } from '../../../core/base/random.ts'
import type { Graph } from '../../../core/graph/ir.ts'
import { four, two } from '../../../core/graph/onnx/minimalFiltering.ts'
import { onnxModel } from '../../../core/graph/onnx/model.ts'
import type { Dialect } from '../../../core/graph/onnx/writer.ts'
import { relativeError } from '../../engine/fixtures.ts'
import { convolution, noiseFor, run } from './run.ts'

const channels = { in: 96, out: 72 }

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
    const graph = convolution(height, width, channels)
    const feeds = noiseFor(graph, 3)
    expect(convolutionsIn(graph, 'cpu')).toBe(0)
    const [fast, direct] = [await run(graph, 'cpu', feeds), await run(graph, 'standard', feeds)]
    for (const name of graph.outputs.keys()) {
      expect(relativeError(fast.get(name)!, direct.get(name)!), name).toBeLessThan(1e-5)
    }
  })
})

it('Convolutions that would not gain stay what they are', () => {
  const [forward, input, weight] = [1, 1, 0]
  expect(convolutionsIn(convolution(65, 65, channels), 'cpu')).toBe(forward + input + weight)
  expect(convolutionsIn(convolution(8, 8, { in: 3, out: 64 }), 'cpu')).toBe(forward + input + weight)
  expect(convolutionsIn(convolution(8, 8, channels), 'standard')).toBe(forward + input + weight)
  expect(convolutionsIn(convolution(8, 8, channels), 'portable')).toBe(forward + input + weight)
  expect(convolutionsIn(convolution('H', 'W', channels), 'cpu', ['y'])).toBe(forward)
})

/** How many Conv nodes the model has. */
function convolutionsIn(graph: Graph, dialect: Dialect, wanted = [...graph.outputs.keys()]): number {
  const outputs = new Map(wanted.map((name) => [name, graph.outputs.get(name)!]))
  const model = Buffer.from(onnxModel({ ...graph, outputs }, { name: 'test', dialect }))
  return new Set(model.toString('latin1').match(/\bConv_\d+(?!_)/g)).size
}

const noise = (draw: ReturnType<typeof random>, count: number): number[] =>
  Array.from({ length: count }, () => draw.normal())
