import type { Comparison } from './comparison.ts'
import type { Reopened } from './exporter.ts'
import { topClass, type MeasuredPicture } from './measuredPicture.ts'

/** One runtime's answers beside the source's. */
export interface RuntimeAgreement {
  readonly runtime: string
  /** Pictures that it answered. */
  readonly pictures: number
  /** Largest and mean |difference| of a probability. */
  readonly maxDifference: number
  readonly meanDifference: number
  /** Pictures for which both put the same class first. */
  readonly sameTop1: number
  /** Labelled pictures that it got right. */
  readonly correct: number
  /** Median time from a file to its probabilities. */
  readonly milliseconds: number
}

/** How far an export, opened by programs that are not ours, is from the network that was measured. */
export interface Certificate {
  readonly runtimes: readonly RuntimeAgreement[]
  /** Pictures of the data set among those that were compared; the others are the ones that every export carries. */
  readonly labelled: number
  /** Labelled pictures that the source got right. */
  readonly correct: number
  /** Largest difference of a probability that passes. */
  readonly tolerance: number
  /** The picture on which they differ most. */
  readonly worst: {
    /** Relative to the data set's folder where it has a label, else to the export's. */
    readonly name: string
    readonly isLabelled: boolean
    readonly difference: number
    readonly runtime: string
    /** Class by position that each puts first. */
    readonly source: number
    readonly exported: number
  } | null
  /** Bytes of the model. */
  readonly bytes: number
  /** The comparison of a format in fewer bits; null without labeled images, absent for others. */
  readonly comparison?: Comparison | null
  readonly passed: boolean
}

/**
 * Compares what runtimes made of files with what the source made of them. It passes where each runtime answered every
 * picture, and no probability is off by more than the tolerance; a class that comes first in one alone is then a tie.
 */
export function certify(
  pictures: readonly MeasuredPicture[],
  reopened: readonly Reopened[],
  { tolerance, bytes }: Pick<Certificate, 'tolerance' | 'bytes'>,
): Certificate {
  const compared = reopened.map((one) => compare(pictures, one))
  const [worst] = compared.flatMap(({ worst: one }) => one).toSorted((a, b) => b.difference - a.difference)
  const labelled = pictures.filter(({ label }) => label !== null)
  return {
    runtimes: compared.map(({ agreement }) => agreement),
    labelled: labelled.length,
    correct: labelled.filter(({ label, probabilities }) => topClass(probabilities) === label).length,
    tolerance,
    worst: worst ?? null,
    bytes,
    passed:
      pictures.length > 0 &&
      compared.length > 0 &&
      // Written so that NaN does not pass.
      compared.every(
        ({ agreement }) => agreement.pictures === pictures.length && agreement.maxDifference <= tolerance,
      ),
  }
}

function compare(pictures: readonly MeasuredPicture[], { runtime, answers }: Reopened) {
  const answered = pictures.flatMap((picture, index) => {
    const { probabilities = null, milliseconds = 0 } = answers[index] ?? {}
    if (probabilities?.length !== picture.probabilities.length) return []
    const differences = probabilities.map((value, at) => Math.abs(value - picture.probabilities[at]!))
    return [{ picture, probabilities, differences, milliseconds }]
  })
  const differences = answered.flatMap((one) => one.differences)
  const times = answered.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
  const right = answered.filter(({ picture, probabilities }) => topClass(probabilities) === picture.label)
  const same = answered.filter(
    ({ picture, probabilities }) => topClass(probabilities) === topClass(picture.probabilities),
  )
  const worst = answered.map(({ picture, probabilities, differences: own }) => ({
    name: picture.name,
    isLabelled: picture.label !== null,
    difference: largest(own),
    runtime,
    source: topClass(picture.probabilities),
    exported: topClass(probabilities),
  }))
  const agreement: RuntimeAgreement = {
    runtime,
    pictures: answered.length,
    maxDifference: largest(differences),
    meanDifference: differences.reduce((a, b) => a + b, 0) / Math.max(1, differences.length),
    sameTop1: same.length,
    correct: right.length,
    milliseconds: times[times.length >> 1] ?? 0,
  }
  return { agreement, worst }
}

/** NaN where any is. */
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0)
