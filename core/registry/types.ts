import type { Certificate } from '../export/certificate.ts'
import type { ErrorFact } from '../base/errors.ts'
import type { ChangedFiles } from '../dataset/changed.ts'
import type { DatasetSource, ImportOptions, Split } from '../dataset/types.ts'
import type { Reason } from '../messages/types.ts'
import type { EnsembleResult, Evaluation } from '../evaluation/types.ts'

/**
 * Ids are short enough to type: a letter for the kind and a number that is never used twice in a registry:
 * `d1` a data set, `r1` a run, `e1` an evaluation, `x1` an export, `p1` a plan.
 */
export type Id = string

export const runStatuses = [
  'queued',
  'running',
  'paused',
  'completed',
  'stopped',
  'interrupted',
  'failed',
] as const
export type RunStatus = (typeof runStatuses)[number]

/** How a data set was imported: what makes its split. */
export type StoredOptions = Omit<ImportOptions, 'previous'>

/** A data set version without its images. */
export interface Dataset {
  readonly id: Id
  /** Shared by all versions. */
  readonly name: string
  /** 1, 2, … Each import of the same source makes one; runs keep theirs. */
  readonly version: number
  /** Absolute path of the folder that the images' paths are relative to. */
  readonly root: string
  readonly source: DatasetSource
  readonly classes: readonly string[]
  /** Usable images per split. */
  readonly images: Readonly<Record<Split, number>>
  readonly problems: number
  readonly options: StoredOptions
  /** ISO 8601, UTC; so are all times here. */
  readonly created: string
}

export interface Run {
  readonly id: Id
  /** Its own in all registries; its checkpoints carry it. */
  readonly identity: string
  /** Unique. */
  readonly name: string
  readonly status: RunStatus
  /** Null when the data set has been deleted. */
  readonly dataset: Id | null
  /** The run whose weights this one started from. */
  readonly parent: Id | null
  /** The run that this one repeats, with changes. */
  readonly like: Id | null
  /** The plan that it belongs to, and the place of its step there. */
  readonly plan: { readonly plan: Id; readonly step: number } | null
  /** As stored; validated where it is used. */
  readonly recipe: unknown
  /** Where it ran last: engine, device, precision, threads; null before the first start. */
  readonly execution: Execution | null
  /** Why it failed. */
  readonly error: ErrorFact | null
  readonly notes: string
  readonly tags: readonly string[]
  readonly archived: boolean
  readonly created: string
  readonly started: string | null
  readonly ended: string | null
  /** Files that were not as in the data set version when it was last started; absent where all were. */
  readonly changedFiles?: ChangedFiles
}

/** Several trainings that were planned as one. Their state is that of their runs, which name the plan and the step. */
export interface Plan {
  readonly id: Id
  /** Unique. */
  readonly name: string
  /** Chain: each step but the first follows from another one. Sweep: one recipe with other settings, step by step. */
  readonly kind: 'chain' | 'sweep'
  /** Null when the data set has been deleted. */
  readonly dataset: Id | null
  readonly steps: readonly PlanStep[]
  /** How a sweep gives up early on settings that do worse; null: it does not. */
  readonly halving: { readonly factor: number; readonly first: number } | null
  readonly created: string
}

export interface PlanStep {
  /** As stored; without what it starts from. */
  readonly recipe: unknown
  /** Place of the step whose run it starts from; null: from scratch. */
  readonly source: number | null
}

export interface Execution {
  readonly engine: string
  readonly device: string
  readonly precision: string
  readonly threads: number
  /** Images per forward and backward pass, the latest; runs of earlier versions lack it, and the next. */
  readonly microBatch?: number
  /** Why there, where there was something to choose. */
  readonly explanation?: Reason
}

/** One row per epoch; the rest of the record is the trainer's. */
export interface EpochRow {
  readonly epoch: number
}

export interface Checkpoint {
  /** `last`, `best`. */
  readonly kind: string
  /** Relative to the home folder, `/` between folders. */
  readonly path: string
  /** Epochs completed. */
  readonly epoch: number
  /** Updates since the start. */
  readonly step: number
  /** Top-1 error on the validation split, 0–1. */
  readonly top1Error: number | null
  readonly bytes: number
  readonly created: string
}

export interface Changed {
  /** Files that were read and are not as in the data set version; absent where all were. */
  readonly changedFiles?: ChangedFiles
}

/** An evaluation as listed: the predictions stay in their table. */
export interface EvaluationRow {
  readonly id: Id
  readonly run: Id
  readonly checkpoint: string
  readonly dataset: Id | null
  readonly split: Split
  readonly result: Omit<Evaluation, 'predictions'> & Changed
  readonly created: string
}

/** An evaluation in a list: without the matrix, which has as many numbers as classes squared. */
export type EvaluationSummary = Omit<EvaluationRow, 'result'> & {
  readonly result: Omit<EvaluationRow['result'], 'confusion'>
}

/** The mean of several evaluations of the same images. A member that is deleted leaves its line. */
export interface EnsembleRow {
  readonly id: Id
  /** Evaluations, in the order in which they were named. */
  readonly members: readonly Id[]
  readonly dataset: Id | null
  readonly split: Split
  readonly result: EnsembleResult
  readonly created: string
}

export interface ExportRow {
  readonly id: Id
  readonly run: Id
  readonly checkpoint: string
  readonly format: string
  /** Absolute: exports lie where the user wants them. */
  readonly path: string
  /** What versions 0.1 compared instead: logits of both over normalized images. */
  readonly parity: unknown
  /** What other programs computed from it when it was made; null for exports of versions 0.1. */
  readonly certificate: (Certificate & Changed) | null
  readonly created: string
}
