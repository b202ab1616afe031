import { told } from '../text.ts'
import type { Say, SettingChange, Stored } from '../types.ts'
import { adviceText, calmer, type Advice } from './advice.ts'
import { ineffectiveText, type Ineffective } from './ineffective.ts'
import { gigabytes } from './words.ts'

interface Memory {
  /** Images at a time. */
  readonly size: number
  /** Bytes. */
  readonly needed: number
  readonly available: number
}

interface Place {
  readonly engine: string
  readonly engineVersion: string
  readonly device: string
  readonly precision: string
}

const placeText = ({ engine, engineVersion, device, precision }: Place): string =>
  `${engine} ${engineVersion} on ${device} in ${precision}`

function costs(epochs: number, updates: boolean): string {
  if (epochs > 0) return epochs === 1 ? '1 epoch is done again' : `${epochs} epochs are done again`
  return updates ? 'the updates since then are done again' : 'nothing is lost'
}

/** What a person can act on while a run trains. */
export const warnings = {
  'stuck-at-chance': (values: {
    /** Updates since the start. */
    readonly step: number
    readonly loss: number
    readonly chance: number
    /** The likeliest first. */
    readonly advice: readonly Advice[]
  }) => ({
    message: `After ${values.step} updates the loss (${values.loss.toFixed(3)}) is still that of guessing (${values.chance.toFixed(3)}).`,
    hint: `Try ${values.advice.map(adviceText).join(', or ')}.`,
  }),
  diverging: (values: {
    readonly epoch: number
    readonly loss: number
    readonly chance: number
    readonly changes: readonly SettingChange[]
  }) => ({
    message: `The training loss of epoch ${values.epoch} (${values.loss.toFixed(2)}) is far above that of guessing (${values.chance.toFixed(2)}).`,
    hint: calmer(values.changes),
  }),
  overfitting: (values: {
    /** The epoch with the lowest validation loss. */
    readonly epoch: number
    readonly lowest: number
    readonly latest: number
    readonly advice: readonly Advice[]
  }) => ({
    message: `Since epoch ${values.epoch} the training loss falls while the validation loss rises (${values.lowest.toFixed(3)} to ${values.latest.toFixed(3)}).`,
    hint: `The best checkpoint is kept. More images help most, then ${values.advice.map(adviceText).join(', ')}.`,
  }),
  'unreadable-image': (
    {
      path,
      problem,
      isLastListed,
    }: { readonly path: string; readonly problem: Stored; readonly isLastListed: boolean },
    say: Say,
  ) => ({
    message: `${path} cannot be read and is left out: ${say(problem).message}${isLastListed ? ' More such files will not be listed.' : ''}`,
    hint: 'Repair or remove the file, and import the folder again for the next run.',
  }),
  'micro-batch-lowered': ({ size, needed, available, begins }: Memory & { readonly begins: number }) => ({
    message: `Training with ${size} images at a time, as asked, would take about ${gigabytes(needed)}, and ${gigabytes(available)} of memory are free: it begins with ${begins} at a time.`,
    hint: `The run's recipe says ${begins} now. For more at a time, close other programs, or lower data.crop or network.fcWidth.`,
  }),
  'micro-batch-halved': told({
    first: ({ before, microBatch }: { readonly before: number; readonly microBatch: number }) => ({
      message: `Memory ran out with ${before} images at a time: it goes on with ${microBatch}.`,
      hint: `Nothing is lost, and the run's recipe says ${microBatch} now. For more at a time, close other programs first.`,
    }),
    later: (values: { readonly before: number; readonly microBatch: number; readonly step: number }) => ({
      message: `Memory ran out with ${values.before} images at a time: after update ${values.step} it goes on with ${values.microBatch}.`,
      hint: `Nothing is lost, but repeating the run will not give the same losses from there on. Close other programs, or start the next run with optimization.microBatch=${values.microBatch}.`,
    }),
  }),
  'low-memory': ({ size, needed, available }: Memory) => ({
    message: `Training with ${size} ${size === 1 ? 'image' : 'images'} at a time takes about ${gigabytes(needed)}, and of the ${gigabytes(available)} of memory that are free some must stay so.`,
    hint: 'Close other programs, or lower optimization.microBatch, data.crop or network.fcWidth.',
  }),
  'other-device': ({ before, now }: { readonly before: Place; readonly now: Place }) => ({
    message: `The run was trained by ${placeText(before)} so far, and goes on with ${placeText(now)}.`,
    hint: 'Losses will differ a little from those of an uninterrupted run.',
  }),
  'damaged-checkpoint': (
    values: {
      readonly problem: Stored
      /** The checkpoint from which the run goes on. */
      readonly file: string
      /** Whole epochs done there. */
      readonly epoch: number
      /** Done again. */
      readonly epochs: number
      readonly updates: boolean
      /** A best checkpoint that is damaged too. */
      readonly best: string | null
    },
    say: Say,
  ) => ({
    message: `${say(values.problem).message} The run goes on from ${values.file}, after epoch ${values.epoch}: ${costs(values.epochs, values.updates)}.${values.best === null ? '' : ` ${values.best} was damaged too and is removed: the next epoch is the best until a better one.`}`,
    hint: 'Look whether the disk is sound.',
  }),
  'no-effect': ({ settings }: { readonly settings: readonly Ineffective[] }) => ({
    message: `${settings.map(({ setting }) => setting).join(', ')} ${settings.length === 1 ? 'has' : 'have'} no effect here. ${settings.map(ineffectiveText).join(' ')}`,
    hint: 'Train for more epochs, or choose a smaller value.',
  }),
} as const
