import { pairedInterval } from '../evaluation/statistics/pairedInterval.ts'
import type { Interval } from '../evaluation/types.ts'
import type { BesideSingle, RuntimeAnswer } from './exporter.ts'
import { topClass, type MeasuredPicture } from './measuredPicture.ts'

/** What a person should know before using a format in fewer bits. */
export type ComparisonWarning = 'slower' | 'less-accurate' | 'too-few-images'

/** A format in fewer bits beside single precision. Pairs: in single precision, in this format. */
export interface Comparison extends BesideSingle {
  /** Images of the data set that were not trained on. */
  readonly images: number
  /** Images that each gets right. */
  readonly correct: readonly [number, number]
  /** Accuracy in this format − in single precision, −1 … 1. */
  readonly difference: number
  /** 95%, of these two on images like these (Tango's). */
  readonly interval: Interval
  readonly warnings: readonly ComparisonWarning[]
}

/** Accuracy that may be lost without a warning. */
const acceptableLoss = 0.003

/**
 * @param pictures with the source's answers
 * @param answers of the format, in their order; what it refused is left out
 */
export function compareAnswers(
  pictures: readonly MeasuredPicture[],
  answers: readonly RuntimeAnswer[],
): Pick<Comparison, 'images' | 'correct' | 'difference' | 'interval'> | null {
  const pairs = pictures.flatMap(({ label, probabilities }, index) => {
    const own = answers[index]?.probabilities
    return label === null || !own ? [] : [[topClass(probabilities) === label, topClass(own) === label]]
  })
  if (pairs.length === 0) return null
  const count = (test: (pair: boolean[]) => boolean): number => pairs.filter(test).length
  const onlyFirst = count(([first, second]) => first! && !second!)
  const onlySecond = count(([first, second]) => !first! && second!)
  return {
    images: pairs.length,
    correct: [count(([first]) => first!), count(([, second]) => second!)],
    difference: (onlySecond - onlyFirst) / pairs.length,
    interval: pairedInterval(onlyFirst, onlySecond, pairs.length),
  }
}

/** What the numbers call for. */
export function warningsOf({
  difference,
  interval,
  milliseconds,
}: Pick<Comparison, 'difference' | 'interval' | 'milliseconds'>): readonly ComparisonWarning[] {
  const loses = difference < -acceptableLoss
  return [
    ...(milliseconds && milliseconds[1] > milliseconds[0] ? (['slower'] as const) : []),
    ...(loses ? (['less-accurate'] as const) : []),
    ...(!loses && interval.low < -acceptableLoss ? (['too-few-images'] as const) : []),
  ]
}
