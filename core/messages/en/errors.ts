import type { SettingChange, Text } from '../types.ts'

type Values<Shape> = (values: Shape) => Text
const plain =
  (message: string, hint?: string): Values<object> =>
  () =>
    hint === undefined ? { message } : { message, hint }

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

interface UnsupportedLayer {
  /** `TensorFlow CPU` */
  readonly place: string
  readonly layer: string
  readonly limit: { readonly kind: 'tensor-size'; readonly bytes: number; readonly most: number }
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`

interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

interface LastWords {
  /** The last line that it wrote to its standard error. */
  readonly last: string | null
}

/** How a process ended in which an engine was tried. */
interface TrialEnd {
  readonly trial: 'self-test' | 'benchmark' | 'start'
  readonly ending: 'not-started' | 'silent' | 'hung' | 'killed' | 'died'
  /** The signal or the exit code. */
  readonly by: string
  /** The last line that it wrote to its standard error. */
  readonly last: string
}

const trialEnds: Readonly<Record<TrialEnd['ending'], (end: TrialEnd) => string>> = {
  'not-started': ({ last }) => last,
  silent: () => 'it ended without a word.',
  hung: () => 'it did not answer in time.',
  killed: () => 'the system ended its process, as it does when memory runs out.',
  died: ({ by }) => `its driver ended the process (${by}).`,
}

const ended = ({ code, signal }: Ending): string =>
  signal ? `crashed (${signal})` : `ended unexpectedly (exit code ${code})`
const lastWords = (last: string | null): string => (last === null ? '' : ` Its last words: ${last}`)

/** What to do where a loss grows instead of falling, in the words of the command line. */
export function calmer([rate, ...others]: readonly SettingChange[]): string {
  const text = ({ setting, value }: SettingChange): string =>
    setting === 'optimization.schedule.warmup.epochs'
      ? `a warm-up (${setting}=${value})`
      : `${setting}=${value}`
  const also = others.map((other) => `, or ${text(other)}`).join('')
  return `Start again with a lower learning rate (${text(rate!)})${also}.`
}

/** What went wrong, by the code that `--json` and the API show. */
export const errors = {
  canceled: plain('Canceled.'),
  closing: plain('VGG Studio is closing.'),
  'out-of-memory': (values: Detail | { readonly process: Ending & LastWords }) =>
    'process' in values
      ? {
          message: `The job's process ${ended(values.process)}.${lastWords(values.process.last)}`,
          hint: 'Close other programs, then resume; or start a new run with a smaller micro-batch or crop.',
        }
      : {
          message: `Memory ran out (${values.detail}).`,
          hint: 'Close other programs, or use a smaller micro-batch, crop or network.',
        },
  'disk-full': ({ file, detail }: DiskError) => ({
    message:
      file === null
        ? `There is no space left on the disk (${detail}).`
        : `There is no space left to write ${file}.`,
    hint: 'Free some space on that disk, then try again: deleting runs and emptying the cache work on a full disk too. What was saved before is still there.',
  }),
  'disk-read-only': ({ file, detail }: DiskError) => ({
    message:
      file === null
        ? `The data of VGG Studio can only be read here (${detail}).`
        : `${file} can't be written: its disk or folder can only be read.`,
    hint: 'Runs and data sets can still be looked at. For everything else make the folder writable, or choose another one with --home.',
  }),
  'disk-failed': ({ file, detail }: DiskError) => ({
    message: `The disk ${file === null ? '' : `with ${file} `}could not be read or written (${detail}).`,
    hint: 'Check that the drive is connected, healthy and not full, then try again.',
  }),
  'home-read-only': ({ folder }: { readonly folder: string }) => ({
    message: `The data of VGG Studio in ${folder} can only be read.`,
    hint: 'Runs and data sets there can still be looked at. For everything else make the folder writable, or choose another one with --home.',
  }),
  diverged: ({ epoch, step, changes }: Divergence) => ({
    message: `The loss became infinite in epoch ${epoch}, update ${step}.`,
    hint: calmer(changes),
  }),
  'unsupported-layer': ({ place, layer, limit }: UnsupportedLayer) => ({
    message: `${place} can’t train layer ${layer}: it would need ${gibibytes(limit.bytes)} in one piece, and has at most ${gibibytes(limit.most)}.`,
    hint: 'Use another device, a smaller crop (data.crop) or a narrower network.',
  }),
  unexpected: ({ detail }: Detail) => ({ message: detail }),
  'process-not-started': ({ detail }: Detail) => ({
    message: `The job's process could not be started: ${detail}.`,
  }),
  'process-killed': ({ last }: LastWords) => ({
    message: `The job's process was killed by the system or by somebody.${lastWords(last)}`,
    hint: 'Systems do that when memory runs out: close other programs, then resume; or start a new run with a smaller micro-batch.',
  }),
  'process-died': (ending: Ending & LastWords) => ({
    message: `The job's process ${ended(ending)}.${lastWords(ending.last)}`,
    hint: 'Resume the run; if it happens again, another engine or device may help.',
  }),
  'no-common-images': plain(
    'There is no image that both networks were evaluated on.',
    'Evaluate both runs on the same split of the same data set.',
  ),
  'temperature-without-optimum': ({ images }: { readonly images: number }) => ({
    message: `No temperature is best on these ${images} validation images: the network is right about all of them, or knows nothing.`,
    hint: 'Use its probabilities as they are, or validate on more images.',
  }),
  'trial-ended': (end: TrialEnd) => {
    const last = end.ending === 'killed' || end.ending === 'died' ? ` ${end.last}` : ''
    const how = `${trialEnds[end.ending](end)}${last}`.trim()
    return { message: end.trial === 'self-test' ? `The self-test failed: ${how}` : how }
  },
  'no-step': ({ seconds }: { readonly seconds: number }) => ({
    message: `It had no step done after ${seconds} s.`,
  }),
  'studio-ended': plain(
    'VGG Studio ended while the run was training; it was saved first.',
    'Resume it: it goes on exactly where it was.',
  ),
} as const
