import { describe, expect, it } from 'vitest'
import { builder } from '../../core/graph/builder.ts'
import type { Graph, OperationName } from '../../core/graph/ir.ts'
import { passesFor } from '../../core/graph/passes/index.ts'
import { linearFactors } from '../../core/graph/passes/linearFactors.ts'
import { swapReluMaxPool } from '../../core/graph/passes/swapReluMaxPool.ts'
import { tapGradients } from '../../core/graph/passes/tapGradients.ts'
import { winograd } from '../../core/graph/passes/winograd.ts'
import { trainingGraph, trainingStages } from '../../core/graph/step.ts'
import { buildVgg, vggDefaults } from '../network/build.ts'

const options = { ...vggDefaults, classes: 3, crop: 32, fcWidth: 8 }
const operations = ({ nodes }: Graph): OperationName[] => nodes.map(({ operation }) => operation.op)
const forwardOnly = (network: ReturnType<typeof buildVgg>): Graph =>
  trainingStages(network, new Set(), [])[0]!.graph

describe('Max pooling before ReLU', () => {
  it('puts each pooling before the rectification that it follows, and changes nothing else', () => {
    const before = forwardOnly(buildVgg({ ...options, config: 'B', batchNorm: true }))
    const after = swapReluMaxPool.apply(before)
    const sequence = operations(after)
      .filter((op) => op !== 'parameter')
      .join(' ')
    expect(sequence).not.toContain('relu maxPool')
    expect(sequence.match(/batchNormTraining maxPool relu/g)).toHaveLength(5)
    expect(after.outputs).toEqual(before.outputs)
    before.nodes.forEach((node, index) => {
      const { op } = node.operation
      if (op === 'relu' || op === 'maxPool') return
      expect(after.nodes[index]).toBe(node)
    })
    // What a pooled rectification gives has the pooled size from there on.
    for (const { operation, inputs, outputs } of after.nodes)
      if (operation.op === 'relu') expect(outputs[0]!.shape).toEqual(inputs[0]!.shape)
  })

  it('leaves a pooling where something else is between, or reads the rectification too', () => {
    const normalized = forwardOnly(buildVgg({ ...options, config: 'A-LRN' }))
    const first = operations(swapReluMaxPool.apply(normalized)).filter((op) => op !== 'parameter')
    expect(first.slice(0, 5)).toEqual(['input', 'conv2d', 'relu', 'localResponseNorm', 'maxPool'])
    for (const how of ['node', 'output'] as const) {
      const graph = rectifiedAndPooled(how)
      expect(swapReluMaxPool.apply(graph)).toEqual(graph)
    }
    expect(operations(swapReluMaxPool.apply(rectifiedAndPooled('never')))).toEqual([
      'input',
      'maxPool',
      'relu',
    ])
  })

  /** Read a second time by a node, as an output of the graph, or not. */
  function rectifiedAndPooled(again: 'node' | 'output' | 'never'): Graph {
    const graph = builder()
    const x = graph.node({ op: 'input', name: 'x', shape: ['N', 2, 6, 6] }, [])
    const relu = graph.node({ op: 'relu' }, [x])
    const pool = graph.node(
      { op: 'maxPool', window: { kernel: 3, stride: 2, padding: 0, ceilMode: false } },
      [relu],
    )
    const outputs = new Map([['y', pool]])
    if (again === 'output') outputs.set('rectified', relu)
    if (again === 'node') outputs.set('twice', graph.node({ op: 'scale', factor: 2 }, [relu]))
    return { nodes: graph.nodes, outputs }
  }
})

it('leaves gradients of 3×3 convolutions with the taps first, of linear layers as factors, others as they are', () => {
  // C has 1×1 convolutions too.
  const network = buildVgg({ ...options, config: 'C' })
  const whole = trainingGraph(network, new Set())
  const raw = tapGradients.apply(linearFactors.apply(whole))
  const shapes = new Map([...raw.outputs].map(([name, { shape }]) => [name, shape.join('×')]))
  expect(shapes.has('gradient/features.0.weight')).toBe(false)
  expect(shapes.get('gradient/features.0.weight/taps')).toBe('9×64×3')
  expect(shapes.has('gradient/classifier.0.weight')).toBe(false)
  expect(shapes.get('gradient/classifier.0.weight/dy')).toBe('N×8')
  expect(shapes.get('gradient/classifier.0.weight/x')).toBe('N×512')
  const oneByOne = [...whole.outputs].filter(([, { shape }]) => shape[2] === 1).map(([name]) => name)
  expect(oneByOne).toHaveLength(3)
  for (const name of [...oneByOne, 'loss', 'logits', 'gradient/classifier.0.bias']) {
    expect(raw.outputs.get(name)).toBe(whole.outputs.get(name))
  }
})

it('has wide 3×3 convolutions and their gradients computed by Winograd’s algorithm, and changes nothing else', () => {
  const whole = trainingGraph(buildVgg({ ...options, config: 'C' }), new Set())
  const rewritten = winograd.apply(whole)
  const algorithms = (graph: Graph, op: OperationName): string[] =>
    graph.nodes.flatMap(({ operation }) =>
      operation.op === op && 'convolution' in operation ? [operation.convolution.algorithm] : [],
    )
  const deep = ['winograd', 'winograd', 'direct']
  const forward = ['direct', 'direct', 'winograd', 'winograd', ...deep, ...deep, ...deep]
  expect(algorithms(rewritten, 'conv2d')).toEqual(forward)
  expect(algorithms(rewritten, 'conv2dWeightGradient')).toEqual(forward.toReversed())
  expect(algorithms(rewritten, 'conv2dInputGradient')).toEqual(forward.slice(1).toReversed())
  expect(new Set(algorithms(whole, 'conv2d'))).toEqual(new Set(['direct']))
  expect(rewritten.outputs).toBe(whole.outputs)
})

it('rewrites graphs for each runner only as its update can use them', () => {
  const network = buildVgg({ ...options, config: 'A' })
  const outputs = (runner: keyof typeof passesFor): string[] => [
    ...trainingGraph(network, new Set(), passesFor[runner]).outputs.keys(),
  ]
  const has = (runner: keyof typeof passesFor, end: string): boolean =>
    outputs(runner).some((name) => name.endsWith(end))
  expect([has('cpu', '/taps'), has('cpu', '/dy')]).toEqual([true, true])
  expect([has('fed', '/taps'), has('fed', '/dy')]).toEqual([true, true])
  expect([has('resident', '/taps'), has('resident', '/dy')]).toEqual([false, false])
  expect([has('tensorflow', '/taps'), has('tensorflow', '/dy')]).toEqual([false, true])
})
