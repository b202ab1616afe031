import { plain } from '../text.ts'

interface Started {
  readonly engine: string
  readonly device: string
  readonly precision: string
  readonly threads: number
  readonly batchSize: number
  readonly microBatch: number
  readonly images: { readonly training: number; readonly validation: number }
  /** Updates that were made before. */
  readonly step: number
}

interface Epoch {
  readonly epoch: number
  readonly trainingLoss: number
  readonly validation: { readonly loss: number; readonly top1Error: number } | null
}

/** Lines of a run's log. */
export const log = {
  chosen: (values: {
    readonly explanation: string
    /** What was ruled out is said too: somebody may have hoped for it. */
    readonly ruledOut: readonly { readonly label: string; readonly reason: string }[]
  }) => ({
    message: [
      `${values.explanation}.`,
      ...values.ruledOut.map(({ label, reason }) => `${label} was ruled out: ${reason}`),
    ].join(' '),
  }),
  started: (values: Started) => ({
    message: `${values.step === 0 ? 'Started' : `Went on after update ${values.step}`}: ${values.engine} on ${values.device}, ${values.precision}, ${values.threads} threads; batches of ${values.batchSize} in parts of ${values.microBatch}; ${values.images.training} training and ${values.images.validation} validation images.`,
  }),
  epoch: ({ epoch, trainingLoss, validation }: Epoch) => ({
    message: `Epoch ${epoch}: training loss ${trainingLoss.toFixed(3)}${validation ? `, validation loss ${validation.loss.toFixed(3)}, top-1 error ${(100 * validation.top1Error).toFixed(1)} %` : ''}.`,
  }),
  checkpoint: ({ kind, epoch }: { readonly kind: 'best' | 'epoch'; readonly epoch: number }) => ({
    message: `Saved the ${kind} checkpoint after epoch ${epoch}.`,
  }),
  paused: plain('Paused, and saved.'),
  resumed: plain('Going on.'),
  completed: ({ isEarly }: { readonly isEarly: boolean }) => ({
    message: isEarly ? 'Completed early: nothing got better.' : 'Completed.',
  }),
  stopped: plain('Stopped, and saved.'),
} as const
