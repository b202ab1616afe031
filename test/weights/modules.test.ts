import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { elementCount, type Tensor } from '../../core/base/tensor.ts'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { buildNetwork, networkSpec } from '../../core/network/architectures/index.ts'
import { libraryModels, libraryTensors } from '../../core/network/architectures/libraryModels.ts'
import { initialize } from '../../core/network/initialize.ts'
import { parameters } from '../../core/network/parameters.ts'
import { loadEntry } from '../../core/weights/entry.ts'
import { imported, importWeights, inspect } from '../../core/weights/import.ts'
import { findPreprocessing } from '../../core/weights/preprocessings.ts'
import { openWeights } from '../../core/weights/readers/open.ts'
import type { StoredTensor, WeightsFile } from '../../core/weights/readers/types.ts'
import { recognize } from '../../core/weights/recognize.ts'
import { writeSafetensors } from '../../core/weights/safetensors.ts'
import { noise } from '../engine/architectures.ts'

type Shapes = readonly (readonly [string, readonly number[]])[]
interface Fixture {
  /** state_dict at full size, by library and model. */
  readonly names: Readonly<Record<string, Shapes>>
  readonly narrow: Readonly<Record<string, { readonly names: Shapes; readonly logits: readonly number[] }>>
}
/** Made by torchvision and timm: test/reference/moduleFiles.py. */
const fixture = JSON.parse(
  await readFile(new URL('../fixtures/weights/modules.json', import.meta.url), 'utf8'),
) as Fixture

/** What each of the models is here. */
const known: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ...Object.fromEntries(
    ['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152'].map((config) => [
      `torchvision/${config}`,
      { config, variant: 'torchvision', squeezeExcitation: null },
    ]),
  ),
  'torchvision/googlenet': { config: 'googlenet-torchvision', auxiliary: true, squeezeExcitation: null },
  'timm/seresnet50': { config: 'seresnet50', variant: 'torchvision', squeezeExcitation: null },
  'timm/legacy_seresnet50': { config: 'seresnet50', variant: 'paper', squeezeExcitation: null },
}

/** A file of which only names and shapes are there. */
function described(shapes: Shapes, metadata: Readonly<Record<string, string>> = {}): WeightsFile {
  const tensors = shapes.map(([name, shape]): [string, StoredTensor] => [
    name,
    { name, shape, type: 'F32', rows: () => Promise.reject(new Error('not read')) },
  ])
  const file = { path: 'weights', format: 'pytorch-zip' as const, layout: 'pytorch' as const, graph: null }
  return { ...file, metadata, tensors: new Map(tensors), close: () => Promise.resolve() }
}

const counted = ([name]: Shapes[number]): boolean => !name.endsWith('num_batches_tracked')

describe('files that name their tensors by modules are recognized at full size', () => {
  test.each(Object.keys(fixture.names))('%s', (name) => {
    const shapes = fixture.names[name]!
    const { naming, network, classifier, tensors } = recognize(described(shapes))
    expect(naming).toBe('modules')
    expect(network).toMatchObject({ ...known[name], classes: 1000, crop: 224, widthMultiplier: 1 })
    expect(classifier).toBe('present')
    // Every tensor of theirs, once; and every one of ours.
    const expected = shapes.filter(counted).map(([key]) => key)
    expect(tensors.map(({ source }) => source.name).sort()).toEqual([...expected].sort())
    expect(tensors.map((mapped) => mapped.name)).toEqual(
      parameters(buildNetwork(network)).map((own) => own.name),
    )
    if (name.startsWith('torchvision')) expect(tensors.map((mapped) => mapped.name)).toEqual(expected)
  })

  test('with what wrappers put before the names', () => {
    const shapes = fixture.names['torchvision/resnet18']!.map(
      ([key, shape]) => [`module.${key}`, shape] as const,
    )
    expect(recognize(described(shapes)).network).toMatchObject({ config: 'resnet18' })
  })
})

describe('names are taken strictly', () => {
  const resnet18 = fixture.names['torchvision/resnet18']!
  test.each<[string, Shapes, RegExp]>([
    [
      'a tensor that lacks',
      resnet18.filter(([key]) => key !== 'layer3.1.bn2.running_var'),
      /it has no layer3\.1\.bn2\.running_var/,
    ],
    [
      'a tensor too many',
      [...resnet18, ['layer1.0.extra.weight', [3]]],
      /layer1\.0\.extra\.weight is of no layer of ResNet-18/,
    ],
    [
      'a shape that differs',
      resnet18.map(
        ([key, shape]) => [key, key === 'layer2.0.conv1.weight' ? [128, 64, 1, 1] : shape] as const,
      ),
      /layer2\.0\.conv1\.weight has the shape 128×64×1×1, not 128×64×3×3/,
    ],
  ])('%s', (_, shapes, reason) => {
    expect(() => recognize(described(shapes))).toThrow(reason)
  })

  test('but another classifier, or none, is no hindrance', () => {
    const features = resnet18.filter(([key]) => !key.startsWith('fc.'))
    expect(recognize(described(features))).toMatchObject({ classifier: 'absent', network: { classes: 2 } })
    const own: Shapes = [...features, ['fc.1.weight', [7, 512]], ['fc.1.bias', [7]]]
    expect(recognize(described(own))).toMatchObject({ classifier: 'foreign' })
  })

  test('a file of the studio’s own is what it says it is, whatever other networks have its names', () => {
    for (const settings of [
      { config: 'resnet50', variant: 'paper' },
      { config: 'A-LRN' },
      { config: 'alexnet' },
    ] as const) {
      const network = { ...networkSpec(settings), classes: 4, crop: 64 }
      const shapes = parameters(buildNetwork(network)).map(({ name, shape }) => [name, shape] as const)
      const said = {
        normalization: { mean: [1, 2, 3], std: [1, 1, 1] },
        classes: ['a', 'b', 'c', 'd'],
        network,
      }
      const found = recognize(described(shapes, { checkpoint: JSON.stringify(said) }))
      expect(found).toMatchObject({ naming: 'modules', network, classifier: 'present' })
    }
  })
})

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modules-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A tensor by its own name: the same rule as in moduleFiles.py. */
function drawn(name: string, shape: readonly number[]): Tensor {
  const scale = Math.sqrt(3 / elementCount(shape.slice(1)))
  const of = (value: number): number => {
    if (name.endsWith('running_var')) return 1 + 0.5 * value
    if (shape.length === 1) return name.endsWith('weight') ? 1 + 0.3 * value : 0.2 * value
    return scale * value
  }
  return { shape, data: Float32Array.from(noise(name, elementCount(shape)), of) }
}

describe('weights of another library', () => {
  test.each(Object.keys(fixture.narrow))(
    '%s, a 16th as wide, give the logits that it computes',
    async (name) => {
      const { names, logits } = fixture.narrow[name]!
      const theirs = join(folder, `${name.replace('/', '-')}.safetensors`)
      await writeSafetensors(
        theirs,
        new Map(names.filter(counted).map(([key, shape]) => [key, drawn(key, shape)])),
        {},
      )
      const file = await openWeights(theirs)
      const path = join(folder, `${name.replace('/', '-')}-ours.safetensors`)
      await importWeights(await inspect(file), {
        ...{ file, path, name: 'narrow', sha256: 'a'.repeat(64), created: 0 },
        preprocessing: imported(findPreprocessing('torchvision')!, 'chosen'),
        attribution: { license: null, text: 'Random.' },
      })
      await file.close()
      const { entry, tensors } = await loadEntry(path)
      expect(entry.network).toMatchObject({ ...known[name], classes: 5, widthMultiplier: 1 / 16 })
      const side = 96
      const network = buildNetwork({ ...entry.network, crop: side })
      const predictor = await onnxruntimeEngine.predictor(network, tensors)
      const data = Float32Array.from(noise('images', 3 * side * side), (value) => 2 * value)
      const ours = await predictor.logits({ shape: [1, 3, side, side], data })
      await predictor.dispose()
      const largest = Math.max(...logits.map(Math.abs))
      ours.data.forEach((value, index) =>
        expect(Math.abs(value - logits[index]!)).toBeLessThan(1e-4 * largest),
      )
    },
  )
})

test.each([
  ['timm/seresnet50', { config: 'seresnet50' }],
  ['timm/legacy_seresnet50', { config: 'seresnet50', variant: 'paper' }],
  ['torchvision/resnet18', { config: 'resnet18' }],
  ['torchvision/googlenet', { config: 'googlenet-torchvision' }],
] as const)(
  '%s gets weights by its own names, in its own shapes, and they are known again',
  (name, input) => {
    const options = { ...networkSpec(input), classes: 1000, crop: 224 }
    const [model] = libraryModels(options)
    expect(`${model!.library}/${model!.model}`).toBe(name)
    const own = parameters(buildNetwork(options)).map(
      ({ name: key, shape }) => [key, { shape, data: new Float32Array() }] as const,
    )
    const theirs = [...libraryTensors(model!, new Map(own))].map(([key, { shape }]) => [key, shape] as const)
    const byName = (shapes: Shapes) => [...shapes].sort(([a], [b]) => (a < b ? -1 : 1))
    expect(byName(theirs)).toEqual(byName(fixture.names[name]!.filter(counted)))
    // By what the file says of itself, too.
    const said = { normalization: { mean: [1, 2, 3], std: [1, 1, 1] }, labels: null, network: options }
    const found = recognize(described(theirs, { weights: JSON.stringify(said) }))
    expect(found).toMatchObject({ network: options, classifier: 'present' })
  },
)

test('no library has SE-ResNets of other reductions, or of basic blocks', () => {
  for (const input of [
    { config: 'resnet50', squeezeExcitation: 8 },
    { config: 'resnet18', squeezeExcitation: 16 },
    { config: 'seresnet50', head: 'narrow' },
  ] as const)
    expect(libraryModels(networkSpec(input))).toEqual([])
  expect(libraryModels(networkSpec({ config: 'resnet101', squeezeExcitation: 16 }))).toMatchObject([
    { model: 'seresnet101' },
  ])
})

test('zero_init_residual starts the last scale of each block at 0, and no other', () => {
  const of = (zeroInitResidual: boolean) =>
    initialize(
      buildNetwork({
        ...networkSpec({ config: 'resnet50', zeroInitResidual, widthMultiplier: 1 / 16 }),
        classes: 3,
        crop: 64,
      }),
      'he',
      1,
    )
  const zeroed = [...of(true)].filter(
    ([name, { data }]) => name.endsWith('.weight') && data.every((v) => v === 0),
  )
  expect(zeroed.map(([name]) => name)).toEqual(
    [3, 4, 6, 3].flatMap((count, stage) =>
      Array.from({ length: count }, (_, index) => `layer${stage + 1}.${index}.bn3.weight`),
    ),
  )
  expect(
    [...of(false).values()].some(({ data, shape }) => shape.length > 1 && data.every((v) => v === 0)),
  ).toBe(false)
})
