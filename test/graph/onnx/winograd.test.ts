import { describe, expect, it } from 'vitest'
import { random } from '../../../core/base/random.ts'
import type { Graph } from '../../../core/graph/ir.ts'
import { winogradF4, winogradF2 } from '../../../core/graph/onnx/winogradTransforms.ts'
import { winograd } from '../../../core/graph/passes/winograd.ts'
import { onnxModel } from '../../../core/graph/onnx/model.ts'
import { relativeError } from '../../engine/fixtures.ts'
import { convolution, noiseFor, run } from './run.ts'

const channels = { in: 96, out: 72 }

describe.each([
  [2, winogradF2],
  [4, winogradF4],
])('Winograd transforms of %i outputs', (count, { outputs, input, filter, output }) => {
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
  it('has the outputs and gradients by Winograd’s algorithm that it has directly', async () => {
    const graph = convolution(height, width, channels)
    const rewritten = winograd.apply(graph)
    const feeds = noiseFor(graph, 3)
    expect(convolutionsIn(rewritten)).toBe(0)
    const [fast, direct] = [await run(rewritten, 'cpu', feeds), await run(graph, 'standard', feeds)]
    for (const name of graph.outputs.keys()) {
      expect(relativeError(fast.get(name)!, direct.get(name)!), name).toBeLessThan(1e-5)
    }
  })
})

it('Convolutions that would not gain stay what they are', () => {
  const [forward, input, weight] = [1, 1, 0]
  const left = (graph: Graph): number => convolutionsIn(winograd.apply(graph))
  expect(left(convolution(65, 65, channels))).toBe(forward + input + weight)
  expect(left(convolution(8, 8, { in: 3, out: 64 }))).toBe(forward + input + weight)
  expect(left(only('y', convolution('H', 'W', channels)))).toBe(forward)
})

const only = (name: string, { nodes, outputs }: Graph): Graph => ({
  nodes,
  outputs: new Map([[name, outputs.get(name)!]]),
})

/** How many Conv nodes the model has. */
function convolutionsIn(graph: Graph): number {
  const model = Buffer.from(onnxModel(graph, { name: 'test', dialect: 'cpu' }))
  return new Set(model.toString('latin1').match(/\bConv_\d+(?!_)/g)).size
}

const noise = (draw: ReturnType<typeof random>, count: number): number[] =>
  Array.from({ length: count }, () => draw.normal())
