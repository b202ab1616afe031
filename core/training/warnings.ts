import { StudioError } from '../base/errors.ts'
import type { Advice, SettingChange } from '../messages/types.ts'
import { entryOf } from '../network/architectures/index.ts'
import { likeliestCause, type Signs } from './diagnosis.ts'
import type { EpochRecord, Warning } from './events.ts'
import { defaultRecipe, type Recipe } from './recipe.ts'

/** What is known about a run when it is looked at for trouble. */
interface Situation {
  readonly recipe: Recipe
  readonly stepsPerEpoch: number
  /** Losses that a network has which tells nothing apart: ln K, and the entropy of the class frequencies. */
  readonly chance: readonly number[]
  /** A learning rate that is known to work for recipes like this one; default: the paper's. */
  readonly presetRate?: number | undefined
}

const round = (value: number): number => Number(value.toPrecision(3))

/** How many of the latest updates are averaged, and how many updates a network gets to leave chance. */
export function stuckWindow({ recipe, stepsPerEpoch }: Situation): { window: number; patience: number } {
  const updates = recipe.optimization.epochs * stepsPerEpoch
  const patience = Math.round(Math.min(100, Math.max(20, updates / 4)))
  return { window: Math.round(patience / 2), patience }
}

/**
 * A loss that stays within 1% of chance, or above it without falling: nothing has been learned.
 * @param losses of the latest updates, at least `window` of them
 * @param step updates since the start
 * @param signs what the updates tell of the cause, where they were looked at
 */
export function stuckAtChance(
  situation: Situation,
  losses: readonly number[],
  step: number,
  signs: Signs | null = null,
): Warning | null {
  const { window, patience } = stuckWindow(situation)
  if (step < patience || losses.length < window) return null
  const mean = losses.slice(-window).reduce((sum, loss) => sum + loss, 0) / window
  const level = levelOf(situation.chance, mean, losses.slice(-window))
  if (level === undefined) return null
  return {
    event: 'warning',
    code: 'stuck-at-chance',
    values: {
      ...{ step, loss: mean, chance: level },
      ...(signs === null
        ? { advice: cures(situation) }
        : { cause: likeliestCause(signs), signs, advice: curesOf(situation, signs) }),
    },
  }
}

const where = (applies: boolean, advice: Advice): readonly Advice[] => (applies ? [advice] : [])

/** The loss of guessing that a mean loss is at, or that it stays above without falling. */
function levelOf(levels: readonly number[], mean: number, losses: readonly number[]): number | undefined {
  const at = levels.find((chance) => Math.abs(mean - chance) <= 0.01 * chance)
  const half = losses.length >> 1
  const sum = (values: readonly number[]): number => values.reduce((total, loss) => total + loss, 0)
  const falls = sum(losses.slice(-half)) < 0.97 * sum(losses.slice(0, half))
  return at ?? (mean > Math.min(...levels) && !falls ? Math.min(...levels) : undefined)
}

/** By how much of their length a learning update usually moves weights. */
const usualMovement = 1e-3

/** What helps against a cause; the rest of what usually does, behind it. */
function curesOf(situation: Situation, signs: Signs): Advice[] {
  const rate = situation.recipe.optimization.learningRate
  const other = (...rates: [number, number]): readonly Advice[] =>
    where(true, { what: 'other-rate', rates: [round(rates[0]), round(rates[1])] })
  const others = cures(situation).filter(({ what }) => what !== 'other-rate')
  switch (likeliestCause(signs)) {
    case 'initialization':
      return others.length > 0 ? others : cures(situation)
    case 'rate-low': {
      // Weights that do not move at all tell of no rate that would.
      const usual = signs.movement > 0 ? (rate * usualMovement) / signs.movement : 100 * rate
      return [...other(usual / 3, usual)]
    }
    case 'rate-high':
      return [...other(rate / 10, rate / 3), ...others].slice(0, 2)
    case 'labels':
      return [...where(true, { what: 'look-at-labels' }), ...cures(situation)].slice(0, 3)
  }
}

/** What usually helps and is not yet in force, the likeliest first, at most three. */
function cures({ recipe, stepsPerEpoch }: Situation): Advice[] {
  const { network, data, initialization, optimization } = recipe
  const own = entryOf(network).advice.stuck(network, { fromScratch: initialization.from === null })
  const rate = optimization.learningRate
  const keepsSignal = initialization.kind === 'he' || initialization.kind === 'he-small-last'
  return [
    ...own.first,
    ...where(!keepsSignal, { what: 'he-initialization' }),
    ...where(data.normalization === 'mean' && keepsSignal, { what: 'standardize' }),
    ...where(stepsPerEpoch < 10, { what: 'more-updates', stepsPerEpoch }),
    ...own.later,
    ...where(true, { what: 'other-rate', rates: [round(rate / 3), round(rate * 3)] }),
  ].slice(0, 3)
}

/** A training loss far above that of guessing, though still a number. */
export function diverging({ recipe, chance, presetRate }: Situation, record: EpochRecord): Warning | null {
  const guessing = Math.max(...chance)
  if (record.trainingLoss <= 2 * guessing) return null
  return {
    event: 'warning',
    code: 'diverging',
    values: {
      epoch: record.epoch,
      loss: record.trainingLoss,
      chance: guessing,
      changes: gentlerSettings({ recipe, presetRate }, record.learningRate),
    },
  }
}

/** The loss is not finite any more: the run cannot continue. */
export function diverged(
  situation: Pick<Situation, 'recipe' | 'presetRate'>,
  at: { epoch: number; step: number; learningRate: number },
): StudioError<'diverged'> {
  const { epoch, step, learningRate } = at
  return new StudioError('diverged', { epoch, step, changes: gentlerSettings(situation, learningRate) })
}

/** A rate that is known to work, where the run began with a higher one; else a tenth of the one at which it went wrong. */
function gentlerSettings(
  { recipe, presetRate = defaultRecipe.optimization.learningRate }: Pick<Situation, 'recipe' | 'presetRate'>,
  learningRate: number,
): readonly SettingChange[] {
  const { data, initialization, optimization } = recipe
  const lower = optimization.learningRate > presetRate ? presetRate : round(learningRate / 10)
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
    values: {
      epoch: lowest.epoch,
      from: lowest.validation.loss,
      to: latest.validation.loss,
      advice: regularization(recipe),
    },
  }
}

function regularization({ data, network, optimization }: Recipe): Advice[] {
  const own = entryOf(network).advice.overfitting(network)
  const { min, max } = data.scale
  return [
    ...where(min === max, { what: 'scale-jitter', scale: [min, 2 * min] }),
    ...where(!data.flip, { what: 'flips' }),
    ...own.first,
    ...where(optimization.labelSmoothing === 0, { what: 'label-smoothing' }),
    ...own.later,
  ].slice(0, 3)
}
