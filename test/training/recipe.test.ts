import { describe, expect, test } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import {
  applySettings,
  defaultRecipe,
  networkOptions,
  parseRecipe,
  type RecipeInput,
} from '../../core/training/recipe.ts'
import { listSettings, mergeRecipes } from '../../core/training/settings.ts'

function refusal(work: () => unknown): StudioError {
  try {
    work()
  } catch (error) {
    if (error instanceof StudioError) return error
    throw error
  }
  throw new Error('Nothing was refused.')
}

describe('A recipe', () => {
  test('has the paper’s values where nothing is said', () => {
    expect(defaultRecipe).toEqual({
      version: 1,
      network: {
        family: 'vgg',
        config: 'A',
        batchNorm: false,
        dropout: 0.5,
        head: 'fc',
        fcWidth: 4096,
        squeezeExcitation: null,
        widthMultiplier: 1,
      },
      data: {
        crop: 224,
        scale: { min: 256, max: 256 },
        mode: 'crop',
        crops: 'random',
        cropArea: 0.08,
        flip: true,
        colorShift: 0.1,
        rotation: 0,
        brightness: 0,
        contrast: 0,
        saturation: 0,
        blur: 0,
        erasing: 0,
        mixup: 0,
        normalization: 'standardize',
        sampling: 'shuffle',
        classWeights: 'none',
      },
      optimization: {
        epochs: 74,
        batchSize: 256,
        microBatch: 'auto',
        learningRate: 0.01,
        momentum: 0.9,
        weightDecay: 5e-4,
        labelSmoothing: 0,
        schedule: { kind: 'plateau', factor: 10, patience: 5, maxDrops: 3, warmup: null },
        earlyStop: null,
        frozen: [],
        unfreeze: null,
        solver: 'sgd',
        rateFactors: {},
      },
      initialization: { kind: 'torchvision', from: null },
      execution: { engine: 'auto', device: 'auto', precision: 'auto', threads: null, decodeThreads: null },
      checkpoints: { every: null, minutes: 10 },
      seed: 0,
    })
  })

  test('is unchanged by being parsed again, also from JSON', () => {
    const recipe = parseRecipe({ data: { scale: '256-512' }, optimization: { schedule: 'cosine' } })
    expect(parseRecipe(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe)
  })

  test('takes the scale as a number, a range, or both ends', () => {
    const scale = (value: unknown) => parseRecipe({ data: { scale: value } }).data.scale
    expect(scale(384)).toEqual({ min: 384, max: 384 })
    expect(scale('384')).toEqual({ min: 384, max: 384 })
    expect(scale('256-512')).toEqual({ min: 256, max: 512 })
    expect(scale({ min: 230, max: 300 })).toEqual({ min: 230, max: 300 })
  })

  test('has by default torchvision’s initial weights, and He’s where its linear layers would be too narrow for them', () => {
    const kind = (recipe: RecipeInput) => parseRecipe(recipe).initialization.kind
    expect(kind({ network: { fcWidth: 2048 } })).toBe('torchvision')
    expect(kind({ network: { fcWidth: 256 } })).toBe('he-small-last')
    expect(kind({ network: { fcWidth: 256 }, initialization: { kind: 'torchvision' } })).toBe('torchvision')
  })

  test('has by default the paper’s margin around any crop', () => {
    expect(parseRecipe({ data: { crop: 64 } }).data.scale).toEqual({ min: 73, max: 73 })
  })

  test('takes a number for a group of one setting', () => {
    const { optimization } = parseRecipe({
      optimization: { earlyStop: 5, schedule: { kind: 'step', warmup: 0.5 } },
    })
    expect(optimization.earlyStop).toEqual({ patience: 5 })
    expect(optimization.schedule.warmup).toEqual({ epochs: 0.5 })
    const set = applySettings({ optimization: { earlyStop: 5 } }, ['optimization.earlyStop.patience=7'])
    expect(set.optimization.earlyStop).toEqual({ patience: 7 })
  })

  test('can be listed as settings that give it again', () => {
    const recipe = parseRecipe({
      data: { scale: '256-512' },
      optimization: { frozen: 'features', rateFactors: { 'classifier.0': 0.5 }, earlyStop: 3 },
    })
    const settings = listSettings(recipe).map(([key, value]) => `${key}=${value}`)
    expect(settings).toContain('data.scale=256-512')
    expect(settings).toContain('optimization.earlyStop.patience=3')
    expect(applySettings({}, settings)).toEqual(recipe)
  })

  test('names the setting that is wrong, and what it must be', () => {
    const message = (value: unknown) => refusal(() => parseRecipe(value)).message
    expect(message({ optimization: { learningRate: 0 } })).toBe(
      'optimization.learningRate: must be greater than 0, not 0',
    )
    expect(message({ optimization: { momentum: 1 } })).toBe(
      'optimization.momentum: must be less than 1, not 1',
    )
    expect(message({ optimization: { epochs: 1.5 } })).toBe(
      'optimization.epochs: must be a whole number, not 1.5',
    )
    expect(message({ optimization: { batchSize: 'many' } })).toBe(
      'optimization.batchSize: must be a whole number, not "many"',
    )
    expect(message({ network: { config: 'F' } })).toBe(
      'network.config: must be A, A-LRN, B, B-5x5, C, D or E, not "F"',
    )
    expect(message({ optimization: { microBatch: 'big' } })).toBe(
      'optimization.microBatch: must be auto or a whole number, not "big"',
    )
    expect(message({ optimization: { schedule: 'linear' } })).toBe(
      'optimization.schedule.kind: must be plateau, step, cosine or constant',
    )
    expect(message({ optimization: { frozen: [''] } })).toContain('optimization.frozen[0]: must not be empty')
    expect(message({ data: [] })).toBe('data: must be a group of settings')
    expect(message('fast')).toContain('the recipe: must be a group of settings')
  })

  test('names every setting that is wrong', () => {
    const { message } = refusal(() => parseRecipe({ seed: -1, optimization: { epochs: 0, weightDecay: -1 } }))
    expect(message).toContain('seed: must be at least 0')
    expect(message).toContain('optimization.epochs: must be at least 1')
    expect(message).toContain('optimization.weightDecay: must be at least 0')
  })

  test('refuses a setting that does not exist and lists those that do', () => {
    const error = refusal(() => parseRecipe({ optimization: { lerningRate: 0.1 } }))
    expect(error.code).toBe('invalid-recipe')
    expect(error.message).toBe('optimization.lerningRate: there is no such setting')
    expect(error.hint).toContain('learningRate')
  })

  test('takes settings of a schedule that is not named for plateau’s', () => {
    const { schedule } = parseRecipe({ optimization: { schedule: { patience: 2, warmup: 1 } } }).optimization
    expect(schedule).toMatchObject({ kind: 'plateau', patience: 2, warmup: { epochs: 1 } })
  })

  test('refuses settings of another schedule', () => {
    const { message } = refusal(() =>
      parseRecipe({ optimization: { schedule: { kind: 'cosine', patience: 3 } } }),
    )
    expect(message).toBe('optimization.schedule.patience: there is no such setting')
  })

  test('refuses a scale below the crop, a range that ends before it begins, and a micro-batch above the batch', () => {
    const message = (value: unknown) => refusal(() => parseRecipe(value)).message
    expect(message({ data: { scale: 200 } })).toBe(
      'data.scale.min: must be at least data.crop (224), not 200',
    )
    expect(message({ data: { scale: { min: 200, max: 300 } } })).toBe(
      'data.scale.min: must be at least data.crop (224), not 200',
    )
    expect(message({ data: { scale: '300-256' } })).toContain(
      'data.scale.max: must be at least data.scale.min (300)',
    )
    expect(message({ optimization: { batchSize: 8, microBatch: 9 } })).toContain('optimization.microBatch')
  })

  test('refuses to even out classes twice', () => {
    const both = { data: { sampling: 'balanced', classWeights: 'balanced' } }
    expect(refusal(() => parseRecipe(both)).message).toMatch(/^data\.classWeights: must be none/)
  })

  test('of a newer version is refused as such', () => {
    expect(refusal(() => parseRecipe({ version: 2, future: true })).code).toBe('newer-version')
  })

  test('fits a head as a whole only where it is linear and all else stays the same', () => {
    const fitted = {
      network: { head: 'linear' },
      data: { crops: 'center', colorShift: 0 },
      optimization: { solver: 'lbfgs', frozen: 'all-but-head' },
    }
    expect(parseRecipe(fitted).optimization.frozen).toEqual(['all-but-head'])
    const messages = [
      [{ ...fitted, network: {} }, 'network.head: must be linear for optimization.solver=lbfgs, not fc'],
      [{ ...fitted, optimization: { solver: 'lbfgs' } }, 'optimization.frozen: must be all-but-head'],
      [{ ...fitted, data: { ...fitted.data, crops: 'random' } }, 'data.crops: must be center'],
      [{ ...fitted, data: { ...fitted.data, scale: '256-512' } }, 'data.scale: must be one size'],
      [{ ...fitted, data: { ...fitted.data, colorShift: 0.1 } }, 'data.colorShift: must be 0'],
      [{ ...fitted, data: { ...fitted.data, blur: 2 } }, 'data.blur: must be 0'],
    ] as const
    for (const [recipe, message] of messages) {
      expect(refusal(() => parseRecipe(recipe)).message).toContain(message)
    }
  })

  test('gives the options of its network', () => {
    const recipe = parseRecipe({ network: { config: 'D', fcWidth: 512 }, data: { crop: 64 } })
    expect(networkOptions(recipe, 10)).toEqual({
      family: 'vgg',
      squeezeExcitation: null,
      config: 'D',
      classes: 10,
      crop: 64,
      batchNorm: false,
      dropout: 0.5,
      head: 'fc',
      fcWidth: 512,
      widthMultiplier: 1,
    })
  })
})

describe('Settings of the command line', () => {
  test('replace single values', () => {
    const recipe = applySettings(defaultRecipe, [
      'optimization.epochs=3',
      'data.scale=256-512',
      'optimization.learningRate=1e-3',
      'optimization.weightDecay=.001',
      'network.batchNorm=true',
      'optimization.frozen=features.0,features.3',
      'optimization.rateFactors.classifier.6=10',
      'initialization.from.run=12',
      'optimization.earlyStop.patience=4',
      'data.flip = false',
    ])
    expect(recipe.optimization).toMatchObject({
      epochs: 3,
      learningRate: 0.001,
      weightDecay: 0.001,
      frozen: ['features.0', 'features.3'],
      rateFactors: { 'classifier.6': 10 },
      earlyStop: { patience: 4 },
    })
    expect(recipe.data).toMatchObject({ scale: { min: 256, max: 512 }, flip: false })
    expect(recipe.network).toMatchObject({ batchNorm: true })
    expect(recipe.initialization.from).toEqual({ run: '12', checkpoint: null, mode: 'staged' })
    expect(defaultRecipe.optimization.epochs).toBe(74)
  })

  test('choose another schedule without the old one’s settings, and keep the warm-up', () => {
    const start = {
      optimization: { schedule: { kind: 'plateau', patience: 2, warmup: { epochs: 3 } } },
    } as const
    const expected = { kind: 'step', every: 7, factor: 10, warmup: { epochs: 3 } }
    for (const choice of ['optimization.schedule=step', 'optimization.schedule.kind=step']) {
      const recipe = applySettings(start, [choice, 'optimization.schedule.every=7'])
      expect(recipe.optimization.schedule).toEqual(expected)
    }
    expect(applySettings(start, ['optimization.schedule=plateau']).optimization.schedule).toMatchObject({
      patience: 2,
    })
  })

  test('that set the crop take along a scale that was the crop’s default, and no other', () => {
    expect(applySettings(defaultRecipe, ['data.crop=64']).data.scale).toEqual({ min: 73, max: 73 })
    expect(applySettings({}, ['data.crop=64']).data.scale).toEqual({ min: 73, max: 73 })
    const jittered = applySettings(defaultRecipe, ['data.scale=256-512'])
    expect(applySettings(jittered, ['data.crop=64']).data.scale).toEqual({ min: 256, max: 512 })
    expect(applySettings(defaultRecipe, ['data.crop=64', 'data.scale=256']).data.scale.min).toBe(256)
  })

  test('are refused when they are not key=value or name nothing', () => {
    expect(refusal(() => applySettings(defaultRecipe, ['epochs 3'])).code).toBe('invalid-setting')
    expect(refusal(() => applySettings(defaultRecipe, ['optimization.epoch=3'])).message).toBe(
      'optimization.epoch: there is no such setting',
    )
    expect(refusal(() => applySettings(defaultRecipe, ['optimization.epochs=abc'])).message).toBe(
      'optimization.epochs: must be a whole number, not "abc"',
    )
  })
})

describe('Recipes on top of each other', () => {
  test('merge by group, the later winning', () => {
    const preset = {
      network: { config: 'D' },
      optimization: { epochs: 10, schedule: { kind: 'step', every: 3 } },
    }
    const file = {
      optimization: { epochs: 20, schedule: { kind: 'cosine' } },
      initialization: { kind: 'glorot' },
    }
    expect(mergeRecipes(preset, file)).toEqual({
      network: { config: 'D' },
      optimization: { epochs: 20, schedule: { kind: 'cosine' } },
      initialization: { kind: 'glorot' },
    })
  })
})
