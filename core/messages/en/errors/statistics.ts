import { counted } from '../words.ts'
import { fixedText } from '../../text.ts'

/** What goes wrong with statistics of evaluations. */
export const statisticsErrors = {
  'no-common-images': fixedText(
    'There is no image that both networks were evaluated on.',
    'Evaluate both runs on the same split of the same data set.',
  ),
  'other-protocols': ({
    protocols,
    others,
    views,
    scales,
    flips,
  }: {
    readonly protocols: readonly string[]
    /** Runs to evaluate by the protocol of one of them. */
    readonly others: readonly string[]
    readonly views: string
    readonly scales: readonly number[]
    readonly flips: boolean
  }) => ({
    message: `These evaluations were made by different protocols (${[...new Set(protocols)].join('; ')}): their numbers differ by the protocol too, so no test is made of them.`,
    hint: `Evaluate by a common protocol first: ${others
      .map(
        (run) =>
          `vgg-studio evaluate ${run} --views ${views} --scales ${scales.join(',')} ${flips ? '--flips' : '--no-flips'}`,
      )
      .join('; ')}`,
  }),
  'temperature-without-optimum': ({ images }: { readonly images: number }) => ({
    message: `No temperature is best on ${counted(images, 'validation image')}: the network is right about all of them, or knows nothing.`,
    hint: 'Use its probabilities as they are, or validate on more images.',
  }),
  'report-too-large': ({ bytes, most }: { readonly bytes: number; readonly most: number }) => ({
    message: `The report would be ${(bytes / 1e6).toFixed(1)} MB, more than the ${most / 1e6} MB that are easily sent.`,
    hint: 'Report fewer runs at once.',
  }),
  'run-without-data-set': ({ run }: { readonly run: string }) => ({
    message: `The data set of run ${run} has been deleted.`,
    hint: 'Import it again, then start a new run with the same settings.',
  }),
  'not-evaluated': ({ run, split }: { readonly run: string; readonly split: string }) => ({
    message: `Run ${run} has no evaluation on ${split} images.`,
    hint: `Evaluate it first: vgg-studio evaluate ${run} --split ${split}`,
  }),
  'no-probabilities': ({ evaluation }: { readonly evaluation: string }) => ({
    message: `Evaluation ${evaluation} has no class probabilities: an earlier version made it, or their file was deleted.`,
    hint: 'Evaluate the run again.',
  }),
  'no-score-map': ({ network }: { readonly network: string }) => ({
    message: `${network} averages its last map before it tells classes apart: it has no map of class scores.`,
    hint: 'Grad-CAM at its last convolution shows the same.',
  }),
  'no-dynamics': ({ run }: { readonly run: string }) => ({
    message: `Run ${run} has no records of its single training images.`,
    hint: 'It has trained no epoch, an earlier version trained it, or it mixed its images (data.mixup). Evaluate it and use the evaluation, or train it again.',
  }),
  'temperature-needs-validation': ({
    evaluation,
    split,
  }: {
    readonly evaluation: string
    readonly split: string
  }) => ({
    message: `Evaluation ${evaluation} is of ${split} images; a temperature is fitted on validation images alone.`,
    hint: 'Evaluate the run on its validation split, then fit the temperature on that.',
  }),
  'no-temperature': ({ run, checkpoint }: { readonly run: string; readonly checkpoint: string }) => ({
    message: `Run ${run} has no temperature for its checkpoint "${checkpoint}" as it is now.`,
    hint: `Fit one on the validation images first (on the command line: vgg-studio calibrate ${run} --checkpoint ${checkpoint}).`,
  }),
  'not-of-run': ({ run, evaluation }: { readonly run: string; readonly evaluation: string }) => ({
    message: `Evaluation ${evaluation} is not one of run ${run}.`,
    hint: `vgg-studio show ${run} lists those that are.`,
  }),
  'invalid-slice': ({
    reason,
    value,
  }: {
    readonly reason: 'name' | 'class' | 'empty' | 'range'
    readonly value?: string
  }) => ({
    message: {
      name: 'The name of a slice has 1 to 100 characters.',
      class: `The data set has no class "${value}".`,
      empty: 'No image is selected.',
      range: 'The lower end of a slice must be below its upper end.',
    }[reason],
  }),
  'unknown-slice': ({ dataset, name }: { readonly dataset: string; readonly name: string }) => ({
    message: `The data set "${dataset}" has no slice "${name}".`,
    hint: 'Slices are named where they are saved; the list of slices shows those that are there.',
  }),
} as const
