import { expect, it } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import { loadPresets } from '../../core/training/presets.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import { diverged, overfitting, stuckAtChance } from '../../core/training/warnings.ts'
import { flatSettings } from '../../renderer/logic/settings.ts'
import { changeText, inWords, settingText, settingTitle } from '../../renderer/logic/words.ts'
import { english } from '../../core/messages/en/index.ts'
import { m } from '../../renderer/messages/index.ts'
import { textOf } from '../../core/messages/text.ts'
import type { Warning } from '../../core/training/events.ts'

it('says settings by the names of their fields', () => {
  expect(changeText({ setting: 'optimization.learningRate', value: 0.01 })).toBe('learning rate 0.01')
  expect(changeText({ setting: 'optimization.schedule.warmup.epochs', value: 1 })).toBe('warm-up 1 epoch')
  expect(changeText({ setting: 'network.batchNorm', value: true })).toBe('batch normalization on')
  expect(changeText({ setting: 'initialization.kind', value: 'he-small-last' })).toBe(
    'initial weights He, small last layer',
  )
})

it('says the advice of the command line in the words of the window', () => {
  expect(
    inWords(
      'Start again with a lower learning rate (optimization.learningRate=0.01), or data.normalization=standardize.',
    ),
  ).toBe('Start again with a lower learning rate (0.01), or normalization mean and standard deviation.')
  expect(
    inWords('Try batch normalization (network.batchNorm=true), or a smaller optimization.batchSize.'),
  ).toBe('Try batch normalization, or a smaller batch size.')
  expect(inWords('Train it first (on the command line: vgg-studio resume r1).')).toBe('Train it first.')
  expect(inWords('See that `nvidia-smi` lists it.')).toBe('See that “nvidia-smi” lists it.')
  expect(inWords('Free some space.')).toBe('Free some space.')
})

const risky = parseRecipe({
  network: { config: 'D' },
  data: { normalization: 'mean', flip: false },
  initialization: { kind: 'paper' },
})
const situation = { recipe: risky, stepsPerEpoch: 5, chance: [Math.log(10)] }
const epoch = (number: number, trainingLoss: number, loss: number) => ({
  epoch: number,
  trainingLoss,
  validation: { loss, top1Error: 0.5, top5Error: null },
  ...{ trainingError: 0.5, learningRate: 0.01, imagesPerSecond: 1, dataWait: 0, seconds: 1 },
})

const hintOf = (warning: Warning) => textOf(english, warning).hint

it.each([
  ['a run that diverged', diverged(situation, { epoch: 1, step: 3, learningRate: 0.01 }).hint],
  ['a loss that is stuck', hintOf(stuckAtChance(situation, Array<number>(200).fill(Math.log(10)), 200)!)],
  ['overfitting', hintOf(overfitting(situation, [epoch(1, 2, 1), epoch(7, 1, 3)])!)],
  ['a full disk', new StudioError('disk-full', { what: 'file', file: null, detail: 'SQLITE_FULL' }).hint],
])('shows no setting as the command line writes it: %s', (_, hint) => {
  expect(hint).toBeDefined()
  expect(inWords(hint!)).not.toMatch(/[a-z]\.[a-zA-Z]|=|--/)
})

it('names settings and their values in lists as their fields do', () => {
  expect(settingTitle('data.mode')).toBe('Make square by')
  expect([settingText('pad'), settingText(true), settingText(null)]).toEqual([
    'padding with the mean color',
    'on',
    '–',
  ])
  expect([settingText('onnxruntime'), settingText('cpu'), settingText('vgg')]).toEqual([
    'ONNX Runtime',
    'CPU',
    'VGG',
  ])
  expect([settingText([]), settingText({}), settingText(['features'])]).toEqual(['none', 'none', 'features'])
})

it('writes units of one in the singular', () => {
  const { unitOf, units } = m.newRun
  const warmup = units['optimization.schedule.warmup.epochs']!
  expect([1, 1.5, 2, null].map((value) => unitOf(warmup, value))).toEqual([
    'epoch',
    'epochs',
    'epochs',
    'epochs',
  ])
  expect(unitOf(units['data.crop']!, 1)).toBe('px')
})

it('has a name for every setting of every preset', async () => {
  const recipes = (await loadPresets()).map(({ recipe }) => parseRecipe(recipe))
  const paths = new Set(recipes.flatMap((recipe) => flatSettings(recipe).map(([path]) => path)))
  expect([...paths].filter((path) => settingTitle(path) === path)).toEqual([])
})
