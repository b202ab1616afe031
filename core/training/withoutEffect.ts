import type { Warning } from './events.ts'
import type { Recipe } from './recipe.ts'

/** A setting that can do nothing in a run of these epochs. */
export interface Ineffective {
  /** `optimization.schedule.every` */
  readonly setting: string
  /** Why, in a sentence. */
  readonly reason: string
}

/** Plateau's, where nobody has asked for another: that it does not act in a short run is no news. */
const usualPatience = 5

/** Settings of a recipe that can never act, whatever the images are. */
export function settingsWithoutEffect({ optimization, checkpoints }: Recipe): readonly Ineffective[] {
  const { epochs, schedule, earlyStop } = optimization
  const run = `a run of ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`
  const found: Ineffective[] = []
  const add = (setting: string, reason: string): void => void found.push({ setting, reason })
  const warmup = schedule.warmup?.epochs ?? 0
  if (warmup >= epochs)
    add(
      'optimization.schedule.warmup.epochs',
      `The warm-up of ${warmup} epochs outlasts ${run}: the whole rate is never reached.`,
    )
  switch (schedule.kind) {
    case 'step':
      if (schedule.every !== null && schedule.every >= epochs)
        add(
          'optimization.schedule.every',
          `The rate would drop every ${schedule.every} epochs, which ${run} does not get to.`,
        )
      else if (epochs < 2) add('optimization.schedule.kind', `The rate drops between epochs: not in ${run}.`)
      break
    case 'plateau':
      // The first epoch sets the mark, and the last drop wants an epoch to act in.
      if (schedule.maxDrops === 0)
        add('optimization.schedule.maxDrops', 'The rate may drop 0 times: it stays as it is.')
      else if (schedule.patience !== usualPatience && schedule.patience + 2 > epochs)
        add(
          'optimization.schedule.patience',
          `The rate drops after ${schedule.patience} epochs without a better error: too late for ${run}.`,
        )
      break
    case 'cosine':
      if (schedule.final === optimization.learningRate)
        add('optimization.schedule.final', 'The rate ends as high as it begins: it stays as it is.')
      break
    case 'constant':
  }
  if (earlyStop !== null && earlyStop.patience + 1 >= epochs)
    add(
      'optimization.earlyStop.patience',
      `Early stop waits for ${earlyStop.patience} epochs without a better error: too long for ${run}.`,
    )
  if (checkpoints.every !== null && checkpoints.every > epochs)
    add('checkpoints.every', `Every ${checkpoints.every}th epoch is kept, which ${run} does not get to.`)
  return found
}

/** Warns of them at the start of a run. */
export function warnOfNoEffect(recipe: Recipe): Warning | null {
  const found = settingsWithoutEffect(recipe)
  if (found.length === 0) return null
  const settings = found.map(({ setting }) => setting).join(', ')
  return {
    event: 'warning',
    code: 'no-effect',
    message: `${settings} ${found.length === 1 ? 'has' : 'have'} no effect here. ${found.map(({ reason }) => reason).join(' ')}`,
    hint: 'Train for more epochs, or choose a smaller value.',
  }
}
