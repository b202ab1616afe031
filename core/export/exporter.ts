import type { Preprocessing } from './preprocessing.ts'
import type { ExportChoices, ExportSource } from './types.ts'

/** What a runtime made of one picture. */
export interface RuntimeAnswer {
  /** One for each class; null where the picture was refused. */
  readonly probabilities: readonly number[] | null
  /** From the file to the probabilities. */
  readonly milliseconds: number
}

/** A program that opened the export again, and what it computed. */
export interface Reopened {
  readonly runtime: string
  /** In the order of the pictures. */
  readonly answers: readonly RuntimeAnswer[]
}

export interface ReopenInput {
  /** The export, whole but for its certificate. */
  readonly folder: string
  /** Image files. */
  readonly pictures: readonly string[]
  readonly onPicture: () => void
  readonly signal: AbortSignal | undefined
}

/** What a format may need beside the network. */
export interface Material {
  /** Files of images that were trained on, as many as `imageNeeds` says at most. */
  readonly calibration: readonly string[]
  readonly signal: AbortSignal | undefined
}

/** One format. */
export interface Exporter {
  /** The file that holds the network, and what else is of this format alone. */
  readonly files: readonly [string, ...string[]]
  /** Programs that are copied from `loaders`. */
  readonly loaders: readonly string[]
  /** The largest difference of a probability from the source's that passes. */
  readonly tolerance: number
  /** Runtimes that open it again, one after the other. */
  readonly runtimes: readonly string[]
  /** Bytes that the model will have. */
  size(source: ExportSource): number
  /** Writes `files` into a folder. */
  write(
    source: ExportSource,
    rules: Preprocessing,
    choices: ExportChoices,
    folder: string,
    material: Material,
  ): Promise<void>
  /** Runs the written export over pictures, through its own preprocessing. */
  reopen(runtime: string, input: ReopenInput): Promise<Reopened>
}
