import { ranking } from '../evaluation/metrics.ts'

/** A picture that source and export were run on, by its file. */
export interface MeasuredPicture {
  readonly path: string
  /** What it is called in the certificate: relative to the data set, or to the export. */
  readonly name: string
  /** Class by position; null for the pictures that every export carries. */
  readonly label: number | null
  /** The source's probabilities. */
  readonly probabilities: readonly number[]
}

/** The class, by position, with the highest probability. */
export const topClass = (probabilities: readonly number[]): number =>
  ranking(Float32Array.from(probabilities), 1)[0]!.label
