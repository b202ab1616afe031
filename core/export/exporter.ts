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
  /** Files and folders that hold the network; the first is what opens it. */
  readonly files: readonly [string, ...string[]]
  /** Files that are made beside them. */
  readonly programs: readonly string[]
  /** Order of the dimensions of what the model takes. */
  readonly layout: 'NCHW' | 'NHWC'
  /** Programs that are copied from `loaders`. */
  readonly loaders: readonly string[]
  /** The largest difference of a probability from the source's that passes. */
  tolerance(choices: ExportChoices): number
  /** Runtimes that open it again, one after the other. */
  readonly runtimes: readonly string[]
  /**
   * Writes `files` and `programs` into a folder.
   * @throws StudioError `export-choice` for what the format has not
   */
  write(
    source: ExportSource,
    rules: Preprocessing,
    choices: ExportChoices,
    folder: string,
    material: Material,
  ): Promise<void>
  /** Runs the written export over pictures, through its own preprocessing. */
  reopen(runtime: string, input: ReopenInput): Promise<Reopened>
  /** What it takes beside single precision; for formats that may be in fewer bits. */
  readonly besideSingle?: (input: BesideInput) => Promise<BesideSingle>
}

export interface BesideInput {
  readonly source: ExportSource
  readonly rules: Preprocessing
  readonly choices: ExportChoices
  /** Has the model in fewer bits. */
  readonly folder: string
  /** Size of that model. */
  readonly bytes: number
  /** A picture to measure times with. */
  readonly picture: string
  readonly signal: AbortSignal | undefined
}

/** Pairs: in single precision, in this format. */
export interface BesideSingle {
  /** Size of the model. */
  readonly bytes: readonly [number, number]
  /** Median time of one picture in the model, by ONNX Runtime on this machine's CPU; null where both compute alike. */
  readonly milliseconds: readonly [number, number] | null
}
