import { placeText } from './computing.ts'
import { counted, number } from './words.ts'
import { fixedText } from '../text.ts'
import type { Reason, TextOfFact } from '../types.ts'

/** Lines of a run's log, beside the warnings. */
export const logLines = {
  /** What was ruled out is said too: somebody may have hoped for it. */
  'log-chosen': (
    {
      explanation,
      ruledOut,
    }: {
      readonly explanation: Reason
      readonly ruledOut: readonly { readonly label: string; readonly reason: Reason }[]
    },
    say: TextOfFact,
  ) => ({
    message: [
      `${say(explanation).message}.`,
      ...ruledOut.map(({ label, reason }) => `${label} was ruled out: ${say(reason).message}`),
    ].join(' '),
  }),
  'log-started': ({
    engine,
    device,
    precision,
    threads,
    batchSize,
    microBatch,
    images,
    step,
  }: {
    readonly engine: string
    readonly device: string
    readonly precision: string
    readonly threads: number
    readonly batchSize: number
    readonly microBatch: number
    readonly images: { readonly training: number; readonly validation: number }
    /** Updates made before. */
    readonly step: number
  }) => ({
    message: `${step === 0 ? 'Started' : `Resumed after update ${step}`}: ${placeText({ engine, device })}, ${precision}, ${counted(threads, 'thread')}; batches of ${number(batchSize)}${microBatch === batchSize ? '' : ` in parts of ${number(microBatch)}`}; ${number(images.training)} training and ${number(images.validation)} validation images.`,
  }),
  'log-epoch': ({
    epoch,
    trainingLoss,
    validation,
    metric = 'error',
  }: {
    readonly epoch: number
    readonly trainingLoss: number
    readonly validation: {
      readonly loss: number
      readonly top1Error: number
      readonly images?: number | undefined
    } | null
    /** What the person who reads has chosen; it is not stored. */
    readonly metric?: 'error' | 'accuracy'
  }) => {
    const trained = `Epoch ${epoch}: training loss ${trainingLoss.toFixed(3)}`
    if (validation === null) return { message: `${trained}.` }
    const { loss, top1Error, images } = validation
    const share = metric === 'error' ? top1Error : 1 - top1Error
    const measured = `top-1 ${metric} ${(100 * share).toFixed(1)}%`
    const counted = images === undefined ? measured : `${measured} (n = ${images})`
    return { message: `${trained}, validation loss ${loss.toFixed(3)}, ${counted}.` }
  },
  'log-checkpoint': ({ kind, epoch }: { readonly kind: 'best' | 'epoch'; readonly epoch: number }) => ({
    message: `Saved the ${kind} checkpoint after epoch ${epoch}.`,
  }),
  'log-paused': fixedText('Paused, and saved.'),
  'log-resumed': fixedText('Resumed.'),
  'log-completed': ({ stoppedEarly }: { readonly stoppedEarly: boolean }) => ({
    message: stoppedEarly ? 'Completed early: nothing got better.' : 'Completed.',
  }),
  'log-stopped': fixedText('Stopped, and saved.'),
} as const
