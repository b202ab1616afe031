import { describe, expect, it } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import { candidateOf } from '../../core/engine/selection/candidates.ts'
import { findEngine } from '../../core/engine/index.ts'
import { supportedCandidates } from '../../core/engine/supports.ts'
import type { Device, EngineName } from '../../core/engine/types.ts'
import { buildNetwork, entryOf, networkSpec } from '../../core/network/architectures/index.ts'
import { allConfigs } from '../../core/network/architectures/names.ts'
import { chain, convolution, linear, maxPool, relu } from '../../core/network/chain.ts'
import { describe as describeNetwork } from '../../core/network/cost.ts'
import type { Network } from '../../core/network/types.ts'
import { estimateCost } from '../../core/server/planning/costEstimate.ts'
import { firstMicroBatch } from '../../core/training/microBatchSize.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import { english } from '../../core/messages/en/index.ts'

/** Its first FC layer has more than a gibibyte of weights, and its first map more than that for 64 images. */
const wide: Network = {
  name: 'wide',
  title: 'Wide',
  input: [3, 224, 224],
  classes: 2,
  layers: chain([
    convolution('conv1', 'conv1', 96, 3),
    relu('relu1', 'relu1'),
    maxPool('pool1', 'pool1', 8, 8),
    { kind: 'flatten', name: 'flatten', label: 'flatten' },
    linear('fc1', 'fc1', 4096),
    linear('fc2', 'fc2', 2),
  ]),
  outputs: [{ layer: 'fc2', role: 'logits', lossWeight: 1 }],
}
const narrow: Network = {
  ...wide,
  layers: wide.layers.map((layer) =>
    layer.name === 'fc1' && layer.kind === 'linear' ? { ...layer, outFeatures: 64 } : layer,
  ),
}

const device = (engine: EngineName, id: string): Device => ({
  ...{ engine, id, name: id, precisions: ['fp32'], usable: true },
})
const onCpu = (engine: EngineName) => candidateOf(device(engine, 'cpu'), 'fp32')

const webgpu = candidateOf(device('onnxruntime', 'webgpu'), 'fp32')

describe('What an engine can’t train', () => {
  it('is known before anything is loaded: the layer, what it needs, and what there is', () => {
    const found = findEngine('onnxruntime').supports(wide, { device: 'webgpu' })
    const limit = { kind: 'tensor-size', bytes: 4 * 4096 * 96 * 28 * 28, most: 2 ** 30 }
    expect(found).toEqual({ layer: 'fc1', limit })
    for (const place of ['cpu', 'cuda', 'dml'])
      expect(findEngine('onnxruntime').supports(wide, { device: place })).toBeNull()
    expect(findEngine('tensorflow').supports(wide)).toBeNull()
  })

  it('is no network of the studio at its usual size, on any engine and device', () => {
    for (const config of allConfigs) {
      const spec = networkSpec({ config })
      const network = buildNetwork({ ...spec, classes: 1000, crop: entryOf(spec).crop.usual })
      expect(findEngine('tensorflow').supports(network), config).toBeNull()
      for (const place of ['cpu', 'webgpu', 'cuda'])
        expect(
          findEngine('onnxruntime').supports(network, { device: place, microBatch: 32 }),
          config,
        ).toBeNull()
    }
  })

  it('may be too many images at once: then fewer are taken, whatever memory there is', () => {
    const place = { engine: findEngine('onnxruntime'), device: 'webgpu', available: Infinity }
    expect(place.engine.supports(narrow, { device: 'webgpu', microBatch: 64 })).toMatchObject({
      layer: 'conv1',
    })
    expect(firstMicroBatch(narrow, 64, 64, place)).toMatchObject({
      size: 32,
      isSupported: true,
      beyond: { size: 64 },
    })
    expect(firstMicroBatch(narrow, 64, 64, { ...place, device: 'cpu' })).toMatchObject({
      size: 64,
      beyond: null,
    })
  })

  it('leaves the choice to those that can', () => {
    const both = [webgpu, onCpu('tensorflow')]
    expect(supportedCandidates(both, wide, findEngine)).toEqual([onCpu('tensorflow')])
    expect(supportedCandidates(both, narrow, findEngine)).toEqual(both)
  })

  it('is said where no engine is left', () => {
    const choose = () => supportedCandidates([webgpu], wide, findEngine)
    expect(choose).toThrow(StudioError)
    expect(choose).toThrow(
      'ONNX Runtime WebGPU can’t train layer fc1: it would need a buffer of 1.15 GiB, and buffers there are limited to 1.00 GiB.',
    )
  })

  it('is part of what a plan costs', () => {
    const recipe = parseRecipe({})
    const place = { engine: 'onnxruntime', device: 'webgpu', precision: 'fp32' } as const
    const device = {
      id: 'webgpu',
      engine: 'onnxruntime',
      precisions: ['fp32'],
      usable: true,
      memory: 1e12,
    } as const
    const nothing = { classes: 2, images: null, pixels: undefined, speeds: [], texts: english }
    const context = { ...nothing, targetsFor: () => [{ device, target: place }] }
    expect(estimateCost(wide, describeNetwork(wide), recipe, context)).toMatchObject({
      device: 'webgpu',
      unsupported: { code: 'unsupported-layer', message: expect.stringContaining('layer fc1') },
    })
    expect(estimateCost(narrow, describeNetwork(narrow), recipe, context).unsupported).toBeNull()
  })
})
