import { describe, expect, test } from 'vitest'
import { isBetter } from '../../core/training/best.ts'
import { chanceLoss, classWeights } from '../../core/training/classWeights.ts'
import { likeliestCause, movements } from '../../core/training/diagnosis.ts'
import type { EpochRecord } from '../../core/training/events.ts'
import { findPreset, presetRate } from '../../core/training/presets.ts'
import { applySettings, parseRecipe } from '../../core/training/recipe.ts'
import { diverged, diverging, overfitting, stuckAtChance } from '../../core/training/warnings.ts'
import { say } from '../say.ts'
import { english } from '../../core/messages/en/index.ts'
import { shown } from '../../core/messages/shown.ts'

const recipe = parseRecipe({})
const situation = { recipe, stepsPerEpoch: 50, chance: [Math.log(10)] }

function record(epoch: number, trainingLoss: number, validationLoss: number | null): EpochRecord {
  const validation =
    validationLoss === null ? null : { loss: validationLoss, top1Error: 0.5, top5Error: null }
  return {
    epoch,
    trainingLoss,
    trainingError: 0.5,
    validation,
    learningRate: 0.01,
    imagesPerSecond: 100,
    dataWait: 0,
    seconds: 1,
  }
}

describe('A loss that stays at ln K', () => {
  const atChance = Array.from({ length: 50 }, (_, index) => Math.log(10) + (index % 2 ? 0.02 : -0.02))

  test('is warned of once enough updates are made', () => {
    expect(stuckAtChance(situation, atChance, 99)).toBeNull()
    expect(stuckAtChance(situation, atChance, 100)).toMatchObject({ code: 'stuck-at-chance' })
  })

  test('is one within 1%', () => {
    const level = (factor: number) => Array.from({ length: 50 }, () => factor * Math.log(10))
    expect(stuckAtChance(situation, level(0.985), 100)).toBeNull()
    expect(stuckAtChance(situation, level(0.995), 100)).not.toBeNull()
  })

  test('is not one that has only now left it', () => {
    const leaving = atChance.map((loss, index) => (index < 30 ? loss : loss - 0.3))
    expect(stuckAtChance(situation, leaving, 100)).toBeNull()
  })

  test('is noticed sooner in a short run', () => {
    const short = { ...situation, recipe: parseRecipe({ optimization: { epochs: 10 } }), stepsPerEpoch: 8 }
    expect(stuckAtChance(short, atChance.slice(0, 19), 19)).toBeNull()
    expect(say(stuckAtChance(short, atChance.slice(0, 20), 20)!)).toContain('optimization.batchSize')
  })

  test('gets advice that is not followed already', () => {
    const deep = parseRecipe({ network: { config: 'D' }, initialization: { kind: 'paper' } })
    const advice = say(stuckAtChance({ ...situation, recipe: deep }, atChance, 100)!)
    expect(advice).toContain('network.batchNorm=true')
    expect(advice).toContain('initialization.kind=he')
    expect(advice).toContain('initialization.from')
    const good = parseRecipe({ network: { batchNorm: true } })
    const rest = say(stuckAtChance({ ...situation, recipe: good }, atChance, 100)!)
    expect(rest).not.toContain('batchNorm')
    expect(rest).toContain('optimization.learningRate=0.00333 or 0.03')
  })
})

test('Guessing by class frequencies costs their entropy, ln K where they are equal', () => {
  expect(chanceLoss([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(Math.log(4), 12)
  expect(chanceLoss([0.9, 0.1])).toBeCloseTo(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1), 12)
  expect(chanceLoss([1, 0], 0.2)).toBeCloseTo(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1), 12)
})

test('Balanced class weights give each class the same sum, and images the mean 1', () => {
  const labels = [0, 0, 0, 0, 0, 0, 1, 1, 3]
  const weights = classWeights(labels, 4, 'balanced')
  expect(weights).toEqual([0.5, 1.5, 0, 3])
  expect(labels.reduce((sum, label) => sum + weights[label]!, 0)).toBe(9)
  expect(classWeights(labels, 4, 'none')).toEqual([1, 1, 1, 1])
})

test('A run that diverged gets a tenth of its rate as advice, and what else would help', () => {
  const risky = parseRecipe({ data: { normalization: 'mean' }, initialization: { kind: 'paper' } })
  const error = diverged({ recipe: risky }, { epoch: 2, step: 31, learningRate: 0.05 })
  expect(error).toMatchObject({ code: 'diverged', message: expect.stringContaining('epoch 2, update 31') })
  expect(error.hint).toContain('optimization.learningRate=0.005')
  expect(error.hint).toContain('data.normalization=standardize')
  expect(error.hint).toContain('initialization.kind=he')
})

test('A run that diverged at a daring rate gets the rate that is known to work as advice', async () => {
  const daring = parseRecipe({ ...(await findPreset('small-images')).recipe })
  const recipe = applySettings(daring, ['optimization.learningRate=100', 'optimization.epochs=7', 'seed=3'])
  const usual = await presetRate(recipe)
  expect(usual).toBe(daring.optimization.learningRate)
  const error = diverged({ recipe, presetRate: usual }, { epoch: 1, step: 4, learningRate: 57 })
  expect(error.fact).toMatchObject({
    values: { changes: expect.arrayContaining([{ setting: 'optimization.learningRate', value: usual }]) },
  })
  expect(error.hint).toContain(`optimization.learningRate=${usual}`)
})

describe('Why a network learns nothing', () => {
  const usual = { firstSpread: 0.3, spread: 0.2, movement: 1e-3, largestMovement: 4e-3 }
  const stuck = (signs: object) => {
    const losses = Array.from({ length: 50 }, () => Math.log(10))
    return stuckAtChance(situation, losses, 100, { ...usual, ...signs })!
  }

  test.each([
    [
      'the initial weights block the signal',
      { firstSpread: 1e-7, spread: 1e-7, movement: 1e-9 },
      'initialization',
    ],
    ['an update has silenced it', { firstSpread: 0.3, spread: 1e-8 }, 'rate-high'],
    ['weights are thrown about', { largestMovement: 0.4 }, 'rate-high'],
    ['weights hardly move', { movement: 1e-8, largestMovement: 1e-7 }, 'rate-low'],
    ['it learns, but not what the labels say', {}, 'labels'],
    ['images go through one at a time', { firstSpread: null, spread: null }, 'labels'],
  ])('%s', (_, signs, cause) => {
    expect(likeliestCause({ ...usual, ...signs })).toBe(cause)
    expect(stuck(signs)).toMatchObject({ values: { cause } })
  })

  test('is said with the numbers, and what helps against it comes first', () => {
    const rates = (text: string) => /learningRate=(\S+) or/.exec(text)?.[1]
    expect(say(stuck({ movement: 2.34e-8 }))).toMatch(/learning rate is too low: .*2\.3e-8 of their length/)
    // A third of the rate that would move weights as far as is usual.
    expect(Number(rates(say(stuck({ movement: 1e-7 }))))).toBeCloseTo(33.3)
    expect(Number(rates(say(stuck({ spread: 1e-9 }))))).toBeCloseTo(0.001)
    expect(say(stuck({}))).toMatch(/labels do not follow what the images show.*Try a look at the labels/s)
    expect(say(stuck({ firstSpread: 1e-9, spread: 1e-9 }))).toMatch(/initial weights block the signal/)
  })

  test('movement is the update without weight decay, over the length of the weights', () => {
    const tensor = (...data: number[]) => ({ shape: [data.length, 1], data: Float32Array.from(data) })
    const weights = new Map([
      ['a.weight', tensor(3, 4)],
      ['b.weight', tensor(0, 2)],
      ['b.bias', { shape: [1], data: Float32Array.of(1) }],
    ])
    // λw(1 + μ) after two updates, and for `b` a gradient besides.
    const momentum = new Map([
      ['a.weight', tensor(0.45, 0.6)],
      ['b.weight', tensor(4, 0.3)],
      ['b.bias', { shape: [1], data: Float32Array.of(9) }],
    ])
    const options = { learningRate: 0.1, momentum: 0.5, weightDecay: 0.1, rateFactors: { b: 0.5 }, step: 2 }
    const { movement, largestMovement } = movements({ weights, momentum }, options)
    expect(largestMovement).toBeCloseTo((0.1 * 0.5 * 4) / 2, 6)
    expect(movement).toBeCloseTo(largestMovement, 6)
    expect(
      movements(
        {
          weights: new Map([['a.weight', weights.get('a.weight')!]]),
          momentum: new Map([['a.weight', momentum.get('a.weight')!]]),
        },
        options,
      ).movement,
    ).toBeCloseTo(0, 6)
  })
})

test('A loss above that of guessing that does not fall is no better; one that falls gets its time', () => {
  const above = Array.from({ length: 50 }, (_, index) => Math.log(10) * (1.2 + (index % 2 ? 0.03 : -0.03)))
  expect(stuckAtChance(situation, above, 100)).toMatchObject({ code: 'stuck-at-chance' })
  const falling = above.map((loss, index) => loss * (1 - 0.002 * index))
  expect(stuckAtChance(situation, falling, 100)).toBeNull()
})

test('A training loss far above that of guessing is warned of', () => {
  expect(diverging(situation, record(1, 4, null))).toBeNull()
  expect(diverging(situation, record(1, 5, null))).toMatchObject({ code: 'diverging' })
})

describe('Overfitting', () => {
  const epochs = [2, 1.8, 1.5, 1.2, 0.9, 0.7, 0.5, 0.3]

  test('is a validation loss that rises for long while the training loss falls', () => {
    const validation = [2, 1.9, 1.8, 1.85, 1.9, 1.95, 2.1, 2.3]
    const records = epochs.map((loss, index) => record(index + 1, loss, validation[index]!))
    expect(overfitting(situation, records.slice(0, 7))).toBeNull()
    expect(shown(overfitting(situation, records), english)).toMatchObject({
      code: 'overfitting',
      message: expect.stringContaining('Since epoch 3'),
      hint: expect.stringContaining('data.scale=256-512'),
    })
  })

  test('is not a validation loss that only stands still, or one that nobody measured', () => {
    const still = epochs.map((loss, index) => record(index + 1, loss, 1.8 + 0.01 * index))
    expect(overfitting(situation, still)).toBeNull()
    expect(
      overfitting(
        situation,
        epochs.map((loss, index) => record(index + 1, loss, null)),
      ),
    ).toBeNull()
  })
})

test('The best epoch has the lowest top-1 error, and of equal ones the lowest loss', () => {
  const best = { epoch: 3, top1Error: 0.3, loss: 1 }
  const measured = (top1Error: number, loss: number) => ({ top1Error, loss, top5Error: null })
  expect(isBetter(measured(0.9, 9), null)).toBe(true)
  expect(isBetter(measured(0.29, 2), best)).toBe(true)
  expect(isBetter(measured(0.3, 0.9), best)).toBe(true)
  expect(isBetter(measured(0.3, 1), best)).toBe(false)
  expect(isBetter(measured(0.31, 0.1), best)).toBe(false)
})
