import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pairedInterval } from '../evaluation/statistics/pairedInterval.ts'
import type { Interval } from '../evaluation/types.ts'
import { encodeModel } from '../graph/onnx/schema.ts'
import type { RuntimeAnswer } from './exporter.ts'
import { onnxModelOf } from './formats/onnx.ts'
import { readPicture } from './loaders/picture.ts'
import { modelInput } from './loaders/preprocess.ts'
import { topClass, type MeasuredPicture } from './measuredPicture.ts'
import type { Preprocessing } from './preprocessing.ts'
import { medianTimes } from './speed.ts'
import type { ExportChoices, ExportSource } from './types.ts'

/** What a person should know before using a format in fewer bits. */
export type ComparisonWarning = 'slower' | 'less-accurate' | 'too-few-images'

/** A format in fewer bits beside single precision. Pairs: in single precision, in this format. */
export interface Comparison {
  /** Images of the data set that were not trained on. */
  readonly images: number
  /** Images that each gets right. */
  readonly correct: readonly [number, number]
  /** Accuracy in this format − in single precision, −1 … 1. */
  readonly difference: number
  /** 95%, of these two on images like these (Tango's). */
  readonly interval: Interval
  /** Size of the model's file. */
  readonly bytes: readonly [number, number]
  /** Median time of one picture in the model, by ONNX Runtime on this machine's CPU. */
  readonly milliseconds: readonly [number, number]
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

export interface ComparisonInput {
  readonly source: ExportSource
  readonly rules: Preprocessing
  readonly choices: ExportChoices
  /** Has the model in fewer bits. */
  readonly folder: string
  readonly answers: ReturnType<typeof compareAnswers>
  /** A picture to measure times with. */
  readonly picture: string
  readonly signal: AbortSignal | undefined
}

/** Null without a labeled image that both answered. */
export async function compareWithSingle(input: ComparisonInput): Promise<Comparison | null> {
  const { source, rules, choices, folder, answers, picture, signal } = input
  if (answers === null) return null
  const single = encodeModel(onnxModelOf(source, rules, choices))
  const reduced = await readFile(join(folder, 'model.onnx'))
  const value = modelInput(await readPicture(picture), rules)
  const milliseconds = await medianTimes([single, reduced], rules.input.name, value, signal)
  const bytes = [single.length, reduced.length] as const
  return { ...answers, bytes, milliseconds, warnings: warningsOf({ ...answers, milliseconds }) }
}

/** What the numbers call for. */
export function warningsOf({
  difference,
  interval,
  milliseconds: [single, reduced],
}: Pick<Comparison, 'difference' | 'interval' | 'milliseconds'>): readonly ComparisonWarning[] {
  const loses = difference < -acceptableLoss
  return [
    ...(reduced > single ? (['slower'] as const) : []),
    ...(loses ? (['less-accurate'] as const) : []),
    ...(!loses && interval.low < -acceptableLoss ? (['too-few-images'] as const) : []),
  ]
}
