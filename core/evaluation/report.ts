import { StudioError } from '../base/errors.ts'
import type { Item } from '../pipeline/types.ts'
import type { Row } from './types.ts'
import {
  classScores,
  confusionMatrix,
  macroAverage,
  mean,
  ranking,
  topError,
  wilsonInterval,
} from './metrics.ts'
import { describeProtocol } from './protocol.ts'
import type { Evaluation, Failure, ImagePrediction, Protocol, SoFar } from './types.ts'

export interface ReportInput {
  readonly items: readonly Pick<Item, 'label'>[]
  /** Class names. */
  readonly classes: readonly string[]
  readonly protocol: Protocol
}

/** Metrics over images whose probabilities come one after the other: of each, only what metrics need is kept. */
export interface Report {
  add(row: Row): void
  /** Null before the first image. */
  soFar(): SoFar | null
  /** @throws StudioError `nothing-to-evaluate` where no image was added */
  evaluation(failures: readonly Failure[]): Evaluation
}

export function openReport({ items, classes, protocol }: ReportInput): Report {
  const predictions: ImagePrediction[] = []
  const losses: number[] = []
  let [wrong, missed] = [0, 0]
  return {
    add({ item, probabilities, logProbability }) {
      const { label } = items[item]!
      const top = ranking(probabilities, 5, label)
      predictions.push({ item, label, top })
      losses.push(-logProbability)
      if (top[0]!.label !== label) wrong++
      if (top.every((one) => one.label !== label)) missed++
    },
    soFar() {
      const images = predictions.length
      if (images === 0) return null
      return {
        images,
        top1Error: wrong / images,
        top1Interval: wilsonInterval(wrong, images),
        top5Error: classes.length > 5 ? missed / images : null,
      }
    },
    evaluation(failures) {
      if (predictions.length === 0) throw nothingToEvaluate(true)
      const confusion = confusionMatrix(predictions, classes.length)
      const scores = classScores(confusion)
      const top1Error = topError(predictions, 1)
      return {
        protocol,
        protocolText: describeProtocol(protocol),
        images: predictions.length,
        failures,
        top1Error,
        top1Interval: wilsonInterval(Math.round(top1Error * predictions.length), predictions.length),
        top5Error: classes.length > 5 ? topError(predictions, 5) : null,
        loss: mean(losses),
        confusion,
        classes: scores.map((score, label) => ({ name: classes[label]!, ...score })),
        macro: macroAverage(scores),
        predictions: predictions.sort((a, b) => a.item - b.item),
      }
    },
  }
}

export function nothingToEvaluate(isUnreadable: boolean): StudioError {
  return new StudioError('nothing-to-evaluate', { isUnreadable })
}
