import { describe, expect, test } from 'vitest'
import { responseNorm } from '../../core/network/chain.ts'
import { layerShapes } from '../../core/network/shapes.ts'
import type { Layer, Network } from '../../core/network/types.ts'
import { convolution, inception, named, network, residual, vgg } from './examples.ts'

const flatten: Layer = { kind: 'flatten', ...named('flatten', 'input') }
const linear = (input: string, outFeatures = 2): Layer => ({
  kind: 'linear',
  ...named('fc', input),
  outFeatures,
  bias: true,
})

describe('layerShapes', () => {
  test('follows D down to 512×7×7 and 1000 scores', () => {
    const shapes = layerShapes(vgg({ config: 'D' }))
    expect(shapes.get('input')).toEqual([3, 224, 224])
    expect(shapes.get('features.4')).toEqual([64, 112, 112])
    expect(shapes.get('features.30')).toEqual([512, 7, 7])
    expect(shapes.get('flatten')).toEqual([25088])
    expect(shapes.get('classifier.6')).toEqual([1000])
  })

  test('leaves out the rest of a map that a stride does not reach', () => {
    const shapes = layerShapes(residual)
    expect(shapes.get('block.conv1')).toEqual([16, 17, 17])
    expect(shapes.get('block.add')).toEqual([16, 17, 17])
    expect(shapes.get('avgpool')).toEqual([16])
  })

  test('joins the branches of an inception module along channels', () => {
    const shapes = layerShapes(inception)
    expect(shapes.get('pool')).toEqual([16, 15, 15])
    expect(shapes.get('mixed')).toEqual([26, 15, 15])
    expect(shapes.get('aux.fc')).toEqual([5])
  })

  const image: Network['input'] = [3, 8, 8]
  const refused: [string, Network, RegExp][] = [
    [
      'an input that is no earlier layer',
      network([linear('later')], image, 2),
      /fc.*its input later is not a layer before it/,
    ],
    [
      'a name used twice',
      network([flatten, { ...linear('flatten'), name: 'flatten' }], image, 2),
      /its name is used twice/,
    ],
    ['an FC layer on a map', network([linear('input')], image, 2), /takes a vector, not 3×8×8/],
    [
      'a kernel larger than its map',
      network([convolution('conv', 'input', 4, 9, { padding: 0 })], image, 2),
      /kernel of 9 is larger than its input of 8/,
    ],
    [
      'a sum of different shapes',
      network(
        [convolution('conv', 'input', 4, 3), { kind: 'add', ...named('add', 'input', 'conv') }],
        image,
        2,
      ),
      /add.*cannot add 3×8×8 and 4×8×8/,
    ],
    [
      'a concatenation of maps of different size',
      network(
        [
          convolution('conv', 'input', 4, 3, { padding: 0 }),
          { kind: 'concat', ...named('both', 'input', 'conv') },
        ],
        image,
        2,
      ),
      /cannot concatenate 3×8×8 and 4×6×6/,
    ],
    [
      'a normalization over channels without a middle one',
      network([{ ...responseNorm('lrn', 'lrn'), size: 4, inputs: ['input'] } as Layer], image, 2),
      /lrn.*4 channels has no middle one/,
    ],
    [
      'a sum of one',
      network([{ kind: 'add', ...named('add', 'input') }], image, 2),
      /takes two inputs or more/,
    ],
    [
      'two inputs where one is meant',
      network([{ kind: 'relu', ...named('relu', 'input', 'input') }], image, 2),
      /takes one input, not 2/,
    ],
    [
      'pooling of a vector',
      network(
        [
          flatten,
          { kind: 'maxPool', ...named('pool', 'flatten'), kernel: 2, stride: 2, padding: 0, ceilMode: false },
        ],
        image,
        2,
      ),
      /takes a feature map, not the vector 192/,
    ],
    [
      'scores for another number of classes',
      network([flatten, linear('flatten', 3)], image, 2),
      /is 3 instead of one score for each of 2/,
    ],
    [
      'an output that is no layer',
      network([flatten, linear('flatten')], image, 2, [{ layer: 'gone', role: 'logits', lossWeight: 1 }]),
      /its output gone is not one of its layers/,
    ],
    [
      'a network without logits',
      network([flatten, linear('flatten')], image, 2, [{ layer: 'fc', role: 'auxiliary', lossWeight: 1 }]),
      /has 0 outputs with the role logits/,
    ],
  ]
  test.each(refused)('refuses %s', (_, broken, message) => {
    expect(() => layerShapes(broken)).toThrow(message)
    expect(() => layerShapes(broken)).toThrow(expect.objectContaining({ code: 'invalid-network' }))
  })
})
