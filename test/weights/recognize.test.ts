import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { Layout, StoredTensor, WeightsFile } from '../../core/weights/readers/types.ts'
import { recognize } from '../../core/weights/recognize.ts'

type Shapes = readonly (readonly [string, readonly number[]])[]

const names = async (path: string): Promise<Record<string, Shapes>> =>
  JSON.parse(await readFile(new URL(`../fixtures/${path}`, import.meta.url), 'utf8')) as Record<
    string,
    Shapes
  >
const torchvision = await names('network/torchvision.json')
const others = await names('weights/files/names.json')

/** A file of which only names and shapes are there. */
function described(shapes: Shapes, layout: Layout): WeightsFile {
  const tensors = shapes.map(([name, shape]): [string, StoredTensor] => [
    name,
    { name, shape, type: 'F32', rows: () => Promise.reject(new Error('not read')) },
  ])
  const file = { path: 'weights', format: 'pytorch-zip' as const, metadata: {}, graph: null }
  return { ...file, layout, tensors: new Map(tensors), close: () => Promise.resolve() }
}

const configs: Readonly<Record<string, string>> = { 11: 'A', 13: 'B', 16: 'D', 19: 'E' }

describe('published files are recognized at full size', () => {
  test.each(Object.keys(torchvision))('torchvision’s %s', (name) => {
    const [, depth, norm] = /^vgg(\d+)(_bn)?$/.exec(name)!
    const { network, classifier, tensors } = recognize(described(torchvision[name]!, 'pytorch'))
    expect(network).toMatchObject({
      config: configs[depth!],
      batchNorm: norm !== undefined,
      classes: 1000,
      fcWidth: 4096,
      crop: 224,
      widthMultiplier: 1,
    })
    expect(classifier).toBe('present')
    const expected = torchvision[name]!.map(([key]) => key).filter(
      (key) => !key.endsWith('num_batches_tracked'),
    )
    expect(tensors.map((mapped) => mapped.name)).toEqual(expected)
  })

  test.each(Object.keys(others))('%s', (name) => {
    const [, library, depth] = /^(timm|keras)\/vgg(\d+)/i.exec(name)!
    const layout = library === 'keras' ? 'keras' : 'pytorch'
    const { network, classifier } = recognize(described(others[name]!, layout))
    expect(network).toMatchObject({
      config: configs[depth!],
      batchNorm: name.endsWith('_bn'),
      widthMultiplier: 1,
    })
    expect(classifier).toBe(name.endsWith('notop') ? 'absent' : 'present')
    if (classifier === 'present') expect(network).toMatchObject({ classes: 1000, fcWidth: 4096, crop: 224 })
  })
})

describe('what is not ours is refused, saying what there is', () => {
  const vgg16 = torchvision['vgg16']!
  test.each<[string, Shapes, RegExp]>([
    ['no tensors with names of layers', [['a', [3]]], /its 1 tensors \(“a”, …\) match no known network/],
    [
      'a number of convolutions of no VGG',
      vgg16.slice(0, 12),
      /its 6 convolutions \(kernels 3, 3, 3, 3, 3, 3\) match no known network/,
    ],
    [
      'a width that differs',
      vgg16.map(([k, s]) => [k, k === 'features.28.weight' ? [500, 512, 3, 3] : s] as const),
      /features\.28\.weight has the shape 500×512×3×3, not 512×512×3×3/,
    ],
    ['a bias that lacks', vgg16.filter(([k]) => k !== 'features.0.bias'), /features\.0 has no bias/],
    [
      'one batch normalization',
      [...vgg16, ['features.3.weight', [64]]],
      /1 batch normalizations for 13 convolutions/,
    ],
  ])('%s', (_, shapes, reason) => {
    expect(() => recognize(described(shapes, 'pytorch'))).toThrow(reason)
  })

  test('other layers behind the convolutions are not taken for a classifier', () => {
    const shapes = vgg16.filter(([key]) => key !== 'classifier.3.weight' && key !== 'classifier.3.bias')
    expect(recognize(described(shapes, 'pytorch')).classifier).toBe('foreign')
  })
})
