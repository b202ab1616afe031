import { describe, expect, it } from 'vitest'
import type { Graph } from '../../core/graph/ir.ts'
import { gradientName } from '../../core/graph/names.ts'
import { inferenceGraph, trainable, trainingGraph } from '../../core/graph/step.ts'
import { parameters } from '../../core/network/parameters.ts'
import { toDense } from '../../core/network/dense.ts'
import { buildVgg, vggDefaults } from '../network/build.ts'

const small = { ...vggDefaults, crop: 32, classes: 5, fcWidth: 8, widthMultiplier: 1 / 32 }
const network = buildVgg({ ...small, config: 'D', batchNorm: true })
const operations = (graph: Graph): string[] => graph.nodes.map(({ operation }) => operation.op)
const inputs = (graph: Graph): string[] =>
  graph.nodes.flatMap(({ operation }) => (operation.op === 'input' ? [operation.name] : []))

describe('the training graph', () => {
  it('lists its nodes after those whose outputs they take', () => {
    const known = new Set<number>()
    for (const node of trainingGraph(network, new Set()).nodes) {
      for (const input of node.inputs) expect(known.has(input.id)).toBe(true)
      for (const output of node.outputs) known.add(output.id)
    }
  })

  it('returns one gradient of the right shape for each trainable parameter', () => {
    const graph = trainingGraph(network, new Set())
    for (const { name, shape, trainable } of parameters(network)) {
      expect(graph.outputs.get(gradientName(name))?.shape, name).toEqual(trainable ? shape : undefined)
    }
  })

  it('asks for images, targets, weights and a mask for each dropout layer', () => {
    expect(inputs(trainingGraph(network, new Set())).sort()).toEqual(
      ['images', 'mask/classifier.2', 'mask/classifier.5', 'targets', 'weights'].sort(),
    )
  })

  it('never differentiates with respect to the images', () => {
    const count = (graph: Graph, op: string) => operations(graph).filter((name) => name === op).length
    const graph = trainingGraph(network, new Set())
    expect(count(graph, 'conv2d')).toBe(13)
    expect(count(graph, 'conv2dInputGradient')).toBe(12)
  })

  it('builds no backward pass through frozen layers at the bottom', () => {
    const frozen = new Set(
      network.layers.filter(({ name }) => name.startsWith('features')).map(({ name }) => name),
    )
    const found = operations(trainingGraph(network, frozen))
    expect(found).not.toContain('conv2dWeightGradient')
    expect(found).not.toContain('conv2dInputGradient')
    expect(found).not.toContain('batchNormTraining')
    expect(trainable(network, frozen)).toEqual(
      ['0', '3', '6'].flatMap((index) => [`classifier.${index}.weight`, `classifier.${index}.bias`]),
    )
  })
})

describe('the inference graph', () => {
  it('has neither dropout nor batch statistics', () => {
    const graph = inferenceGraph(network)
    expect(inputs(graph)).toEqual(['images'])
    expect(operations(graph)).not.toContain('batchNormTraining')
    expect(operations(graph)).not.toContain('multiply')
    expect([...graph.outputs.keys()]).toEqual(['logits'])
  })

  it('of a dense network takes images of any size', () => {
    const graph = inferenceGraph(toDense(network), true)
    expect(graph.nodes[0]!.outputs[0]!.shape).toEqual(['N', 3, 'H', 'W'])
    expect(graph.outputs.get('logits')!.shape).toEqual(['N', 5])
  })
})
