import { describe as suite, expect, test } from 'vitest'
import {
  architectures,
  buildNetwork,
  entryOf,
  networkOptionsSchema,
  networkSchema,
  networkSpec,
} from '../../../core/network/architectures/index.ts'
import { mergeNetworks } from '../../../core/network/architectures/merge.ts'
import { allConfigs, configs, familyOf } from '../../../core/network/architectures/names.ts'
import { denseWeights, toDense } from '../../../core/network/dense.ts'
import { initialize } from '../../../core/network/initialize.ts'
import { parameters } from '../../../core/network/parameters.ts'
import { parseRecipe, applySettings } from '../../../core/training/recipe.ts'
import { specWith } from '../build.ts'

suite.each(allConfigs)('%s', (config) => {
  const spec = networkSpec({ config })
  const entry = entryOf(spec)

  test('is built at its usual crop, at its least, and not below it', () => {
    for (const crop of [entry.crop.usual, entry.crop.least]) {
      const network = buildNetwork({ ...spec, classes: 3, crop })
      expect(network).toMatchObject({ name: config, input: [3, crop, crop], classes: 3 })
      expect(new Set(parameters(network).map(({ name }) => name)).size).toBe(parameters(network).length)
    }
    expect(() => buildNetwork({ ...spec, classes: 3, crop: entry.crop.least - 1 })).toThrow(/^crop must be/)
  })

  test('has a dense form of the same weights', () => {
    const narrow = specWith(config, { widthMultiplier: 1 / 64, fcWidth: 4 })
    const network = buildNetwork({ ...narrow, classes: 3, crop: entry.crop.least + entry.crop.step })
    const weights = initialize(network, 'he', 1)
    const shapes = parameters(toDense(network)).map(({ name, shape }) => [name, shape])
    expect([...denseWeights(network, weights)].map(([name, { shape }]) => [name, shape])).toEqual(shapes)
  })

  test('has settings with fields, and savings that its schema takes', () => {
    for (const { setting } of entry.settings) expect(Object.keys(spec)).toContain(setting)
    const savings = [...entry.savings.classifier(spec), ...entry.savings.channels(spec)]
    expect(savings.length).toBeGreaterThan(0)
    for (const saving of savings) expect(networkSchema.parse(saving)).toEqual(saving)
  })

  test('is read back from a checkpoint, unknown keys left out', () => {
    const options = { ...spec, classes: 5, crop: 96 }
    expect(networkOptionsSchema.parse({ ...options, later: 1 })).toEqual(options)
  })

  test('is a whole recipe by its name alone, at its family’s crop', () => {
    const recipe = parseRecipe({ network: { config } })
    expect(recipe.network).toEqual(spec)
    expect(recipe.data.crop).toBe(entry.crop.usual)
    expect(parseRecipe(recipe)).toEqual(recipe)
  })
})

suite('families', () => {
  test('have names of their own: a configuration belongs to one', () => {
    expect(new Set(allConfigs).size).toBe(allConfigs.length)
    expect(architectures.map(({ family }) => family)).toEqual(Object.keys(configs))
  })

  test('a network without a family is that of its configuration, and without either VGG', () => {
    expect(familyOf({ config: 'alexnet' })).toBe('alexnet')
    expect(familyOf({ config: 'D' })).toBe('vgg')
    expect(familyOf({ batchNorm: true })).toBe('vgg')
    expect(familyOf(undefined)).toBe('vgg')
    const old = {
      config: 'B',
      classes: 7,
      crop: 64,
      batchNorm: true,
      dropout: 0,
      fcWidth: 8,
      widthMultiplier: 1,
    }
    expect(networkOptionsSchema.parse(old)).toEqual({
      ...{ family: 'vgg', head: 'fc', squeezeExcitation: null },
      ...old,
    })
  })

  test('a family that is not known is refused by name', () => {
    expect(() => parseRecipe({ network: { family: 'lenet' } })).toThrow(
      /network\.family: must be vgg, alexnet, googlenet or resnet/,
    )
  })

  test('another family takes over the settings that it has too, and no others', () => {
    const small = { config: 'A', batchNorm: true, fcWidth: 256, dropout: 0.2 }
    expect(mergeNetworks(small, { config: 'alexnet' })).toEqual({
      family: 'alexnet',
      config: 'alexnet',
      fcWidth: 256,
      dropout: 0.2,
    })
    expect(mergeNetworks({ ...small, head: 'fc' }, { config: 'resnet18' })).toEqual({
      family: 'resnet',
      config: 'resnet18',
    })
    expect(mergeNetworks({ config: 'A', head: 'linear' }, { config: 'resnet18' })).toMatchObject({
      head: 'linear',
    })
    expect(mergeNetworks(small, { config: 'D' })).toEqual({ ...small, config: 'D' })
    const { network } = applySettings(parseRecipe({ network: small }), ['network.config=alexnet'])
    expect(network).toMatchObject({ family: 'alexnet', lrn: true, fcWidth: 256 })
  })

  test('a crop that is too small for the family is refused in the recipe', () => {
    expect(() => parseRecipe({ network: { config: 'alexnet' }, data: { crop: 32 } })).toThrow(
      'data.crop: must be at least 63 for AlexNet, not 32',
    )
  })

  test('AlexNet’s recipe is its paper’s where nothing is said', () => {
    const { data, optimization, initialization } = parseRecipe({ network: { config: 'alexnet' } })
    expect(data).toMatchObject({ crop: 227 })
    expect(optimization).toMatchObject({ epochs: 90, batchSize: 128, momentum: 0.9, weightDecay: 5e-4 })
    expect(initialization.kind).toBe('torchvision')
    expect(
      parseRecipe({ network: { config: 'alexnet' }, optimization: { epochs: 2 } }).optimization,
    ).toMatchObject({
      epochs: 2,
      batchSize: 128,
    })
  })
})
