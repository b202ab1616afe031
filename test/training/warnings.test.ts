import { describe, expect, test } from 'vitest'
import { isBetter } from '../../core/training/best.ts'
import { chanceLoss, classWeights } from '../../core/training/classWeights.ts'
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
