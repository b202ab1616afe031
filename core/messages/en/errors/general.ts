import { fixedText, variants } from '../../text.ts'
import type { TextOfFact, SettingChange, Stored } from '../../types.ts'
import { lowerRateAdvice } from '../advice.ts'
import { theDevice } from '../computing.ts'
import { gigabytes } from '../words.ts'

interface Detail {
  readonly detail: string
}

interface DiskError extends Detail {
  readonly file: string | null
}

interface Divergence {
  /** From 1. */
  readonly epoch: number
  /** From 1, since the run's start. */
  readonly step: number
  /** What may help, the likeliest first: the learning rate. */
  readonly changes: readonly SettingChange[]
}

interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

interface LastWords {
  /** The last line that it wrote to its standard error. */
  readonly last: string | null
}

const ended = ({ code, signal }: Ending): string =>
  signal ? `crashed (${signal})` : `ended unexpectedly (exit code ${code})`
const lastWords = (last: string | null): string => (last === null ? '' : ` Last output: ${last}`)

/** What can go wrong anywhere: memory, disks, processes. */
export const generalErrors = {
  'out-of-memory': variants({
    here: ({ detail }: { readonly detail: string }) => ({
      message: `Memory ran out (${detail}).`,
      hint: 'Close other programs, or use a smaller micro-batch, crop or network.',
    }),
    process: (ending: Ending & LastWords) => ({
      message: `The job's process ${ended(ending)}.${lastWords(ending.last)}`,
      hint: 'Close other programs, then resume; or start a new run with a smaller micro-batch or crop.',
    }),
    tensorflow: ({ detail }: { readonly detail: string }) => ({
      message: `TensorFlow ran out of memory: ${detail}`,
      hint: 'Close other programs, or use a smaller micro-batch (--micro-batch) or a smaller crop.',
    }),
    'one-image': fixedText(
      'Memory ran out even with one image at a time.',
      'Use a smaller crop (data.crop) or a narrower network: `vgg-studio inspect` lists its settings.',
    ),
    onnxruntime: ({ device, detail }: { readonly device: string; readonly detail: string }) => ({
      message: `ONNX Runtime ran out of memory on ${theDevice(device)}: ${detail}`,
      hint: 'Use a smaller micro-batch (--micro-batch) or a smaller crop.',
    }),
  }),
  'disk-full': variants({
    file: ({ file, detail }: DiskError) => ({
      message:
        file === null
          ? `There is no space left on the disk (${detail}).`
          : `There is no space left to write ${file}.`,
      hint: 'Free some space on that disk, then try again: deleting runs and emptying the cache work on a full disk too. What was saved before is still there.',
    }),
    checkpoints: ({
      needed,
      folder,
      free,
      isEpochs,
    }: {
      readonly needed: number
      readonly folder: string
      readonly free: number
      readonly isEpochs: boolean
    }) => ({
      message: `The checkpoints need ${gigabytes(needed)}, and ${folder} has ${gigabytes(free)} free.`,
      hint: isEpochs
        ? 'Free some space, or keep fewer checkpoints (checkpoints.every).'
        : 'Free some space, or use another folder for the data of VGG Studio (--home).',
    }),
    export: ({
      needed,
      folder,
      free,
    }: {
      readonly needed: number
      readonly folder: string
      readonly free: number
    }) => ({
      message: `The export needs ${gigabytes(needed)}, and ${folder} has ${gigabytes(free)} free.`,
      hint: 'Free some space, or choose a folder on another disk.',
    }),
    checkpoint: ({ path }: { readonly path: string }) => ({
      message: `There is no space left to write ${path}.`,
      hint: 'Free some space and resume the run: the checkpoint before this one is still there.',
    }),
  }),
  canceled: fixedText('Canceled.'),
  closing: fixedText('VGG Studio is closing.'),
  'disk-read-only': ({ file, detail }: DiskError) => ({
    message:
      file === null
        ? `The data of VGG Studio is read-only here (${detail}).`
        : `${file} can't be written: its disk or folder is read-only.`,
    hint: 'Runs and data sets can still be viewed. For everything else make the folder writable, or choose another one with --home.',
  }),
  'disk-failed': ({ file, detail }: DiskError) => ({
    message: `The disk ${file === null ? '' : `with ${file} `}could not be read or written (${detail}).`,
    hint: 'Check that the drive is connected, healthy and not full, then try again.',
  }),
  'home-read-only': ({ folder }: { readonly folder: string }) => ({
    message: `The data of VGG Studio in ${folder} is read-only.`,
    hint: 'Runs and data sets there can still be viewed. For everything else make the folder writable, or choose another one with --home.',
  }),
  diverged: ({ epoch, step, changes }: Divergence) => ({
    message: `The loss became infinite in epoch ${epoch}, update ${step}.`,
    hint: lowerRateAdvice(changes),
  }),
  /** Around the text of an error that does not name the file. */
  'in-file': ({ path, problem }: { readonly path: string; readonly problem: Stored }, say: TextOfFact) => {
    const { message, hint } = say(problem)
    return { message: `${path}: ${message}`, hint }
  },
  unexpected: ({ detail }: Detail) => ({ message: detail }),
  'process-not-started': ({ detail }: Detail) => ({
    message: `The job's process could not be started: ${detail}.`,
  }),
  'process-killed': ({ last }: LastWords) => ({
    message: `The job's process was killed by the system or by a user.${lastWords(last)}`,
    hint: 'Systems do that when memory runs out: close other programs, then resume; or start a new run with a smaller micro-batch.',
  }),
  'process-died': (ending: Ending & LastWords) => ({
    message: `The job's process ${ended(ending)}.${lastWords(ending.last)}`,
    hint: 'Resume the run; if it happens again, another engine or device may help.',
  }),
  'studio-ended': fixedText(
    'VGG Studio ended while the run was training; it was saved first.',
    'Resume it: it continues exactly where it was.',
  ),
} as const
