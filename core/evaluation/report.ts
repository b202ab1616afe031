import { StudioError } from '../base/errors.ts'
import type { Item } from '../pipeline/types.ts'
import {
  classScores,
  confusionMatrix,
  logLoss,
  macroAverage,
  ranking,
  topError,
  wilsonInterval,
} from './metrics.ts'
import type { Posteriors } from './posteriors.ts'
import { describeProtocol } from './protocol.ts'
import type { Evaluation, ImagePrediction, Protocol } from './types.ts'

export interface ReportInput {
  readonly items: readonly Item[]
  /** Class names. */
  readonly classes: readonly string[]
  readonly protocol: Protocol
}

/**
 * Metrics over the images that could be evaluated.
 * @throws StudioError `nothing-to-evaluate`
 */
export function report(posteriors: Posteriors, input: ReportInput): Evaluation {
  const { protocol, classes } = input
  const predictions = rank(posteriors, input.items)
  if (predictions.length === 0) throw nothing('None of the images could be loaded.')
  const confusion = confusionMatrix(predictions, classes.length)
  const scores = classScores(confusion)
  const top1Error = topError(predictions, 1)
  return {
    protocol,
    protocolText: describeProtocol(protocol),
    images: predictions.length,
    failures: posteriors.failures,
    top1Error,
    top1Interval: wilsonInterval(Math.round(top1Error * predictions.length), predictions.length),
    top5Error: classes.length > 5 ? topError(predictions, 5) : null,
    loss: logLoss(predictions.map(({ item, label }) => posteriors.values[item * classes.length + label]!)),
    confusion,
    classes: scores.map((score, label) => ({ name: classes[label]!, ...score })),
    macro: macroAverage(scores),
    predictions,
  }
}

function rank({ values, classes, failures }: Posteriors, items: readonly Item[]): readonly ImagePrediction[] {
  const failed = new Set(failures.map((failure) => failure.item))
  return items.flatMap(({ label }, item) =>
    failed.has(item)
      ? []
      : [{ item, label, top: ranking(values.subarray(item * classes, (item + 1) * classes), 5, label) }],
  )
}

export function nothing(message: string): StudioError {
  return new StudioError('nothing-to-evaluate', message, {
    hint: 'Choose a split that has images, and look at the data set’s list of problems.',
  })
}
