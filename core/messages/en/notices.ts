import { placeText } from './computing.ts'
import { counted, gigabytes } from './words.ts'
import { oneLine, variants } from '../text.ts'
import type {
  Advice,
  Fact,
  Implausible,
  NoEffect,
  Reason,
  SettingChange,
  Stored,
  StuckCause,
  TextOfFact,
} from '../types.ts'
import { adviceText, lowerRateAdvice } from './advice.ts'
import { causeText, type StuckSigns } from './stuck.ts'
import { implausibleText } from './implausible.ts'
import { noEffectText } from './noEffect.ts'

/** How many images at a time, and what memory that takes. */
interface Memory {
  /** Images at a time. */
  readonly size: number
  /** Bytes. */
  readonly needed: number
  /** Bytes. */
  readonly available: number
  /** The network's setting that memory depends on most, if it has one. */
  readonly saving: string | null
}

/** By what a run was trained. */
interface TrainedBy {
  readonly engine: string
  readonly engineVersion: string
  readonly device: string
  readonly precision: string
}

const sizes = (saving: string | null): string =>
  saving === null ? 'data.crop' : `data.crop or network.${saving}`
const trainedBy = (by: TrainedBy): string => `${placeText(by)} in ${by.precision}`

/** Warnings of a training, which its log keeps. */
export const warnings = {
  'stuck-at-chance': ({
    step,
    loss,
    chance,
    cause,
    signs,
    advice,
  }: {
    readonly step: number
    readonly loss: number
    readonly chance: number
    /** The likeliest, and what it was concluded from; earlier versions do not say. */
    readonly cause?: StuckCause
    readonly signs?: StuckSigns
    readonly advice: readonly Advice[]
  }) => ({
    message: `After ${step} updates the loss (${loss.toFixed(3)}) is still no better than guessing (${chance.toFixed(3)}).${cause && signs ? ` ${causeText(cause, signs)}` : ''}`,
    hint: `Try ${advice.map(adviceText).join(', or ')}.`,
  }),
  diverging: ({
    epoch,
    loss,
    chance,
    changes,
  }: {
    readonly epoch: number
    readonly loss: number
    readonly chance: number
    readonly changes: readonly SettingChange[]
  }) => ({
    message: `The training loss of epoch ${epoch} (${loss.toFixed(2)}) is far above that of guessing (${chance.toFixed(2)}).`,
    hint: lowerRateAdvice(changes),
  }),
  overfitting: ({
    epoch,
    from,
    to,
    advice,
  }: {
    readonly epoch: number
    readonly from: number
    readonly to: number
    readonly advice: readonly Advice[]
  }) => ({
    message: `Since epoch ${epoch} the training loss falls while the validation loss rises (${from.toFixed(3)} to ${to.toFixed(3)}).`,
    hint: `The best checkpoint is kept. More images help most, then ${advice.map(adviceText).join(', ')}.`,
  }),
  'unreadable-image': (
    { path, reason, isLast }: { readonly path: string; readonly reason: Reason; readonly isLast: boolean },
    say: TextOfFact,
  ) => ({
    message: `${path} cannot be read and is left out: ${oneLine(say(reason))}${isLast ? ' More such files will not be listed.' : ''}`,
    hint: 'Repair or remove the file, and import the folder again for the next run.',
  }),
  'micro-batch-lowered': ({
    asked,
    size,
    needed,
    available,
    saving,
  }: Memory & {
    /** Images at a time that the recipe asks for, which `needed` is of. */
    readonly asked: number
  }) => ({
    message: `Training with ${counted(asked, 'image')} at a time, as asked, would take about ${gigabytes(needed)}, and ${gigabytes(available)} of memory are free: training starts with ${size} at a time.`,
    hint: `The run's recipe says ${size} now. For more at a time, close other programs, or lower ${sizes(saving)}.`,
  }),
  'micro-batch-halved': ({
    before,
    microBatch,
    step,
  }: {
    readonly before: number
    readonly microBatch: number
    /** Updates made before. */
    readonly step: number
  }) =>
    step === 0
      ? {
          message: `Memory ran out with ${counted(before, 'image')} at a time: training continues with ${microBatch}.`,
          hint: `Nothing is lost, and the run's recipe says ${microBatch} now. For more at a time, close other programs first.`,
        }
      : {
          message: `Memory ran out with ${counted(before, 'image')} at a time: after update ${step} training continues with ${microBatch}.`,
          hint: `Nothing is lost, but repeating the run will not give the same losses from there on. Close other programs, or start the next run with optimization.microBatch=${microBatch}.`,
        },
  'low-memory': ({ size, needed, available, saving }: Memory) => ({
    message: `Training with ${size} ${size === 1 ? 'image' : 'images'} at a time takes about ${gigabytes(needed)}, and some of the ${gigabytes(available)} of free memory must stay free.`,
    hint: `Close other programs, or lower optimization.microBatch, ${sizes(saving)}.`,
  }),
  'other-device': variants({
    continued: ({ before, now }: { readonly before: TrainedBy; readonly now: TrainedBy }) => ({
      message: `The run was trained by ${trainedBy(before)} so far, and continues with ${trainedBy(now)}.`,
      hint: 'Losses will differ a little from those of an uninterrupted run.',
    }),
    /** `TensorFlow GPU 0`, and what it does instead. */
    unavailable: (
      {
        label,
        instead,
        reason,
      }: { readonly label: string; readonly instead: string; readonly reason: Reason },
      say: TextOfFact,
    ) => ({
      message: `${label}, where the run was trained, does not start here: ${instead} computes instead.`,
      hint: say(reason).message,
    }),
  }),
  'damaged-checkpoint': (
    {
      damage,
      file,
      epoch,
      epochs,
      updates,
      damagedBest,
    }: {
      readonly damage: Stored
      readonly file: string
      readonly epoch: number
      /** Epochs, and updates, that are done again. */
      readonly epochs: number
      readonly updates: boolean
      readonly damagedBest: string | null
    },
    say: TextOfFact,
  ) => {
    const again =
      epochs > 0
        ? `${epochs === 1 ? '1 epoch is' : `${epochs} epochs are`} done again`
        : updates
          ? 'the updates since then are done again'
          : 'nothing is lost'
    const best =
      damagedBest === null
        ? ''
        : ` ${damagedBest} was damaged too and is removed: the next epoch is the best until a better one.`
    return {
      message: `${say(damage).message} The run resumes from ${file}, after epoch ${epoch}: ${again}.${best}`,
      hint: 'Check the disk for errors.',
    }
  },
  'no-effect': (
    {
      found,
    }: {
      readonly found: readonly { readonly setting: string; readonly reason: Fact }[]
    },
    say: TextOfFact,
  ) => ({
    message: `${found.map(({ setting }) => setting).join(', ')} ${found.length === 1 ? 'has' : 'have'} no effect here. ${found.map(({ reason }) => say(reason).message).join(' ')}`,
    hint: 'Train for more epochs, or choose a smaller value.',
  }),
} as const

/** Why a setting does nothing. */
export const reasons = {
  'without-effect': (reason: NoEffect) => ({ message: noEffectText(reason) }),
  implausible: (reason: Implausible) => ({ message: implausibleText(reason) }),
} as const

/** What a person should know while a job continues. */
export const notices = {
  ...warnings,
  'random-held-back': ({ layers }: { readonly layers: readonly string[] }) => ({
    message: `${layers.join(', ')}: frozen or slowed down, and random to begin with.`,
    hint: 'Start from the weights of a trained run (--from RUN), or let these layers learn (optimization.frozen, optimization.rateFactors).',
  }),
  transferred: (
    {
      copied,
      tensors,
      source,
    }: { readonly copied: number; readonly tensors: number; readonly source: Stored },
    say: TextOfFact,
  ) => ({
    message: `${copied} of ${counted(tensors, 'tensor')} ${copied === 1 ? 'starts' : 'start'} from ${say(source).message}.`,
  }),
  'new-head': variants({
    'other-map': (
      {
        source,
        side,
        crop,
        ownSide,
        ownCrop,
      }: {
        readonly source: Stored
        /** Sides of the maps that the two classifiers read, and the crops that give them. */
        readonly side: number
        readonly crop: number
        readonly ownSide: number
        readonly ownCrop: number
      },
      say: TextOfFact,
    ) => ({
      message: `The classifier of ${say(source).message} reads maps of ${side}×${side}, as crops of about ${crop} pixels give, and a crop of ${ownCrop} gives ${ownSide}×${ownSide}: this run gets a new one.`,
      hint: `To keep it, train with its crop (data.crop=${crop}).`,
    }),
    'no-classifier': ({
      name,
      why,
    }: {
      readonly name: string
      readonly why: 'absent' | 'foreign' | 'not-a-number'
    }) => ({
      message: `${name}: ${noClassifier[why]}.`,
      hint: 'A run that starts from it gets a classifier of its own.',
    }),
  }),
  'unused-corrections': ({ first, count }: { readonly first: string; readonly count: number }) => ({
    message: `No file found for ${count === 1 ? 'a correction' : `${count} corrections`}: ${first}${count > 1 ? ' …' : ''}.`,
  }),
  'files-changed': ({
    name,
    version,
    root,
    count,
    first,
  }: {
    readonly name: string
    readonly version: number
    readonly root: string
    readonly count: number
    /** Paths of the first few. */
    readonly first: readonly string[]
  }) => ({
    message: `${count === 1 ? '1 image differs' : `${count} images differ`} from version ${version} of the data set "${name}": ${someOf(first, count)}. Results are marked.`,
    hint: `Put the files back, or import ${root} again: that makes a version of what is there now.`,
  }),
  'disk-use': ({ images, bytes }: { readonly images: number; readonly bytes: number }) => ({
    message: `The class probabilities of ${counted(images, 'image')} will take up to ${Math.ceil(bytes / 1e6)} MB on the disk.`,
  }),
  'evaluation-resumed': ({ done, images }: Done) => ({
    message: `Continuing after ${done} of ${counted(images, 'image')}, which the same evaluation had done before it was interrupted.`,
  }),
  'evaluation-kept': ({ done, images }: Done) => ({
    message: `${done} of ${counted(images, 'image')} ${done === 1 ? 'is' : 'are'} done and kept: the same evaluation continues with the others.`,
  }),
  /** A line that an installer writes. */
  installer: ({ line }: { readonly line: string }) => ({ message: line }),
  'engine-available': variants({
    gpu: ({ flag, bytes }: Installed) => ({
      message: 'TensorFlow would train on the NVIDIA GPU of this machine.',
      hint: installHint(flag, bytes),
    }),
    cpu: ({
      flag,
      bytes,
      factor,
      feature,
    }: Installed & { readonly factor: number; readonly feature: string }) => ({
      message: `TensorFlow would train about ${factor} times as fast on this CPU (${feature}).`,
      hint: installHint(flag, bytes),
    }),
  }),
  'no-weights': ({ problem }: { readonly problem: Stored }, say: TextOfFact) => ({
    message: say(problem).message,
    hint: 'The demo continues with a small network of its own.',
  }),
} as const

/** Names of what a run starts from. */
export const sources = {
  'source-run': ({ run, name }: { readonly run: string; readonly name: string }) => ({
    message: `run ${run} "${name}"`,
  }),
  'source-weights': ({ name }: { readonly name: string }) => ({ message: `the weights ${name}` }),
} as const

interface Done {
  readonly done: number
  readonly images: number
}

interface Installed {
  /** ` --cuda`, or nothing. */
  readonly flag: string
  /** To be downloaded. */
  readonly bytes: number
}

const installHint = (flag: string, bytes: number): string =>
  `Install it with: vgg-studio engines install tensorflow${flag} (${Math.round(bytes / 1e6)} MB).`

const noClassifier = {
  absent: 'there is no classifier in it',
  foreign: 'its layers after the convolutions are not recognized, and are left out',
  'not-a-number': 'its classifier is NaN throughout, and is left out',
} as const

/** `cat/1.png, cat/2.png and 3 more` */
function someOf(first: readonly string[], count: number): string {
  const others = count - first.length
  return others > 0 ? `${first.join(', ')} and ${others} more` : first.join(', ')
}
