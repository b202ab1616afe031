import type { ReasonFact } from '../messages/catalog.ts'
import type { NoEffect } from '../messages/types.ts'
import type { Warning } from './events.ts'
import type { Recipe } from './recipe.ts'

/** A setting that can do nothing in a run of these epochs. */
export interface Ineffective {
  /** `optimization.schedule.every` */
  readonly setting: string
  readonly reason: ReasonFact
}

/** A union's members each without the epochs, which all have. */
type NoEffectIn = WithoutEpochs<NoEffect>
type WithoutEpochs<Each> = Each extends NoEffect ? Omit<Each, 'epochs'> : never

/** Plateau's, where nobody has asked for another: that it does not act in a short run is no news. */
const defaultPatience = 5

/** Settings of a recipe that can never act, whatever the images are. */
export function settingsWithoutEffect({ optimization, checkpoints }: Recipe): readonly Ineffective[] {
  const { epochs, schedule, earlyStop } = optimization
  const found: Ineffective[] = []
  const add = (setting: string, reason: NoEffectIn): void =>
    void found.push({ setting, reason: { code: 'without-effect', values: { ...reason, epochs } } })
  const warmup = schedule.warmup?.epochs ?? 0
  if (warmup >= epochs) add('optimization.schedule.warmup.epochs', { what: 'warmup', warmup })
  switch (schedule.kind) {
    case 'step':
      if (schedule.every !== null && schedule.every >= epochs)
        add('optimization.schedule.every', { what: 'step', every: schedule.every })
      else if (epochs < 2) add('optimization.schedule.kind', { what: 'one-epoch' })
      break
    case 'plateau':
      // The first epoch sets the mark, and the last drop wants an epoch to act in.
      if (schedule.maxDrops === 0) add('optimization.schedule.maxDrops', { what: 'no-drops' })
      else if (schedule.patience !== defaultPatience && schedule.patience + 2 > epochs)
        add('optimization.schedule.patience', { what: 'plateau', patience: schedule.patience })
      break
    case 'cosine':
      if (schedule.final === optimization.learningRate)
        add('optimization.schedule.final', { what: 'same-rate' })
      break
    case 'constant':
  }
  if (earlyStop !== null && earlyStop.patience + 1 >= epochs)
    add('optimization.earlyStop.patience', { what: 'early-stop', patience: earlyStop.patience })
  if (checkpoints.every !== null && checkpoints.every > epochs)
    add('checkpoints.every', { what: 'checkpoints', every: checkpoints.every })
  return found
}

/** Warns of them at the start of a run. */
export function warnOfNoEffect(recipe: Recipe): Warning | null {
  const found = settingsWithoutEffect(recipe)
  return found.length === 0 ? null : { event: 'warning', code: 'no-effect', values: { found } }
}
