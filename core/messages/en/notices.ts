import { told } from '../text.ts'
import type { Say, Stored } from '../types.ts'

/** What a person should know while a job goes on. */
export const notices = {
  'unused-corrections': ({ count, example }: { readonly count: number; readonly example: string }) => ({
    message: `There is no file that ${count === 1 ? 'a correction is' : `${count} corrections are`} for: ${example}${count > 1 ? ' …' : ''}.`,
  }),
  'new-head': ({ name, why }: { readonly name: string; readonly why: keyof typeof newHeads }) => ({
    message: `${name}: ${newHeads[why]}.`,
    hint: 'A run that starts from it gets a classifier of its own.',
  }),
  'files-changed': (values: {
    readonly count: number
    readonly examples: readonly string[]
    readonly dataset: { readonly name: string; readonly version: number; readonly root: string }
  }) => ({
    message: `${values.count === 1 ? '1 image has' : `${values.count} images have`} other content than in version ${values.dataset.version} of the data set "${values.dataset.name}": ${values.examples.join(', ')}${values.count > values.examples.length ? ' …' : ''}. What comes of this is marked.`,
    hint: `Put the files back, or import ${values.dataset.root} again: that makes a version of what is there now.`,
  }),
  'other-device': (
    { own, used, problem }: { readonly own: string; readonly used: string; readonly problem: Stored },
    say: Say,
  ) => ({
    message: `${own}, where the run was trained, does not start here: ${used} computes instead.`,
    hint: say(problem).message,
  }),
  'random-held-back': ({ layers }: { readonly layers: readonly string[] }) => ({
    message: `${layers.join(', ')}: frozen or slowed down, and random to begin with.`,
    hint: 'Start from the weights of a trained run (--from RUN), or let these layers learn (optimization.frozen, optimization.rateFactors).',
  }),
  transferred: (values: {
    readonly copied: number
    readonly tensors: number
    readonly from: { readonly run: string | null; readonly name: string }
  }) => ({
    message: `${values.copied} of ${values.tensors} tensors start from ${values.from.run === null ? `the weights ${values.from.name}` : `run ${values.from.run} "${values.from.name}"`}.`,
  }),
  'disk-use': ({ images, bytes }: { readonly images: number; readonly bytes: number }) => ({
    message: `The class probabilities of ${images} images will take up to ${Math.ceil(bytes / 1e6)} MB on the disk.`,
  }),
  'evaluation-resumed': ({ done, images }: { readonly done: number; readonly images: number }) => ({
    message: `Going on after ${done} of ${images} images, which the same evaluation had done before it was broken off.`,
  }),
  'evaluation-kept': ({ done, images }: { readonly done: number; readonly images: number }) => ({
    message: `${done} of ${images} images are done and kept: the same evaluation goes on with the others.`,
  }),
  /** What a program of others prints. */
  installer: ({ line }: { readonly line: string }) => ({ message: line }),
  'engine-available': told({
    gpu: (values: Install) => ({
      message: 'TensorFlow would train on the NVIDIA GPU of this machine.',
      hint: installText(values),
    }),
    cpu: (values: Install & { readonly factor: number; readonly feature: string }) => ({
      message: `TensorFlow would train about ${values.factor} times as fast on this CPU (${values.feature}).`,
      hint: installText(values),
    }),
  }),
} as const

interface Install {
  readonly variant: string
  /** To download. */
  readonly bytes: number
}

const installText = ({ variant, bytes }: Install): string =>
  `Install it with: vgg-studio engines install tensorflow${variant === 'cpu' ? '' : ` --${variant}`} (${Math.round(bytes / 1e6)} MB).`

const newHeads = {
  absent: 'there is no classifier in it',
  foreign: 'its layers behind the convolutions are not a VGG’s three FC layers, and are left out',
  'not-a-number': 'its classifier is NaN throughout, and is left out',
} as const
