import { StudioError } from '../base/errors.ts'
import { lowerRateAdvice } from '../messages/en/advice.ts'
import type { SettingChange } from '../messages/types.ts'
import { entryOf } from '../network/architectures/index.ts'
import type { EpochRecord, Warning } from './events.ts'
import { defaultRecipe, type Recipe } from './recipe.ts'

/** What is known about a run when it is looked at for trouble. */
interface Situation {
  readonly recipe: Recipe
  readonly stepsPerEpoch: number
  /** Losses that a network has which tells nothing apart: ln K, and the entropy of the class frequencies. */
  readonly chance: readonly number[]
  /** A learning rate that is known to work for recipes like this one; default: the paper's. */
  readonly usualRate?: number | undefined
}

const round = (value: number): number => Number(value.toPrecision(3))

/** How many of the latest updates are averaged, and how many updates a network gets to leave chance. */
export function stuckWindow({ recipe, stepsPerEpoch }: Situation): { window: number; patience: number } {
  const updates = recipe.optimization.epochs * stepsPerEpoch
  const patience = Math.round(Math.min(100, Math.max(20, updates / 4)))
  return { window: Math.round(patience / 2), patience }
}

/**
 * A loss that stays within 1% of chance: nothing has been learned.
 * @param losses of the latest updates, at least `window` of them
 * @param step updates since the start
 */
export function stuckAtChance(situation: Situation, losses: readonly number[], step: number): Warning | null {
  const { window, patience } = stuckWindow(situation)
  if (step < patience || losses.length < window) return null
  const mean = losses.slice(-window).reduce((sum, loss) => sum + loss, 0) / window
  const level = situation.chance.find((chance) => Math.abs(mean - chance) <= 0.01 * chance)
  if (level === undefined) return null
  return {
    event: 'warning',
    code: 'stuck-at-chance',
    message: `After ${step} updates the loss (${mean.toFixed(3)}) is still that of guessing (${level.toFixed(3)}).`,
    hint: `Try ${cures(situation).join(', or ')}.`,
  }
}

/** What usually helps and is not yet in force, the likeliest first, at most three. */
function cures({ recipe, stepsPerEpoch }: Situation): string[] {
  const { network, data, initialization, optimization } = recipe
  const own = entryOf(network).advice.stuck(network, { fromScratch: initialization.from === null })
  const rate = optimization.learningRate
  const keepsSignal = initialization.kind === 'he' || initialization.kind === 'he-small-last'
  const all: [boolean, string][] = [
    ...own.first.map((cure): [boolean, string] => [true, cure]),
    [!keepsSignal, 'He initialization (initialization.kind=he-small-last)'],
    [data.normalization === 'mean' && keepsSignal, 'data.normalization=standardize'],
    [stepsPerEpoch < 10, `more updates per epoch than ${stepsPerEpoch} (a smaller optimization.batchSize)`],
    ...own.later.map((cure): [boolean, string] => [true, cure]),
    [true, `another learning rate (optimization.learningRate=${round(rate / 3)} or ${round(rate * 3)})`],
  ]
  return all.flatMap(([applies, cure]) => (applies ? [cure] : [])).slice(0, 3)
}

/** A training loss far above that of guessing, though still a number. */
export function diverging({ recipe, chance, usualRate }: Situation, record: EpochRecord): Warning | null {
  const guessing = Math.max(...chance)
  if (record.trainingLoss <= 2 * guessing) return null
  return {
    event: 'warning',
    code: 'diverging',
    message: `The training loss of epoch ${record.epoch} (${record.trainingLoss.toFixed(2)}) is far above that of guessing (${guessing.toFixed(2)}).`,
    hint: lowerRateAdvice(gentlerSettings({ recipe, usualRate }, record.learningRate)),
  }
}

/** The loss is not finite any more: the run cannot continue. */
export function diverged(
  situation: Pick<Situation, 'recipe' | 'usualRate'>,
  at: { epoch: number; step: number; learningRate: number },
): StudioError<'diverged'> {
  const { epoch, step, learningRate } = at
  return new StudioError('diverged', { epoch, step, changes: gentlerSettings(situation, learningRate) })
}

/** A rate that is known to work, where the run began with a higher one; else a tenth of the one at which it went wrong. */
function gentlerSettings(
  { recipe, usualRate = defaultRecipe.optimization.learningRate }: Pick<Situation, 'recipe' | 'usualRate'>,
  learningRate: number,
): readonly SettingChange[] {
  const { data, initialization, optimization } = recipe
  const lower = optimization.learningRate > usualRate ? usualRate : round(learningRate / 10)
  const change = (applies: boolean, setting: string, value: SettingChange['value']): SettingChange[] =>
    applies ? [{ setting, value }] : []
  return [
    { setting: 'optimization.learningRate', value: lower },
    ...change(data.normalization === 'mean', 'data.normalization', 'standardize'),
    ...change(['paper', 'he'].includes(initialization.kind), 'initialization.kind', 'he-small-last'),
    ...change(optimization.schedule.warmup === null, 'optimization.schedule.warmup.epochs', 1),
  ]
}

/** Epochs since the best validation loss after which the two losses' parting is no accident. */
const partingEpochs = 5

/** The validation loss rises while the training loss falls. */
export function overfitting({ recipe }: Situation, epochs: readonly EpochRecord[]): Warning | null {
  const latest = epochs.at(-1)
  const lowest = epochs.reduce<EpochRecord | undefined>((low, record) => {
    if (record.validation === null) return low
    return low?.validation && low.validation.loss <= record.validation.loss ? low : record
  }, undefined)
  if (!latest?.validation || !lowest?.validation || latest.epoch - lowest.epoch < partingEpochs) return null
  const risen = latest.validation.loss > 1.1 * lowest.validation.loss
  const fallen = latest.trainingLoss < 0.9 * lowest.trainingLoss
  if (!risen || !fallen) return null
  return {
    event: 'warning',
    code: 'overfitting',
    message: `Since epoch ${lowest.epoch} the training loss falls while the validation loss rises (${lowest.validation.loss.toFixed(3)} to ${latest.validation.loss.toFixed(3)}).`,
    hint: `The best checkpoint is kept. More images help most, then ${regularization(recipe).join(', ')}.`,
  }
}

function regularization({ data, network, optimization }: Recipe): string[] {
  const own = entryOf(network).advice.overfitting(network)
  const always = (way: string): [boolean, string] => [true, way]
  const all: [boolean, string][] = [
    [data.scale.min === data.scale.max, `scale jitter (data.scale=${data.scale.min}-${2 * data.scale.min})`],
    [!data.flip, 'flips (data.flip=true), where mirror images are of the same class'],
    ...own.first.map(always),
    [optimization.labelSmoothing === 0, 'label smoothing (optimization.labelSmoothing=0.1)'],
    ...own.later.map(always),
  ]
  return all.flatMap(([applies, way]) => (applies ? [way] : [])).slice(0, 3)
}
