import type { InstallPhase } from '../../engine/installable.ts'
import type { Problem, Split } from '../../dataset/types.ts'
import type { SoFar } from '../../evaluation/types.ts'
import type { NoticeFact } from '../../messages/catalog.ts'
import type { Id } from '../../registry/types.ts'
import type { EpochRecord, TrainingEvent } from '../../training/events.ts'
import type { Recipe } from '../../training/recipe.ts'
import type { MemoryUse } from './memory.ts'

/** How far a job is that takes a while. */
export interface JobProgress {
  readonly event: 'progress'
  readonly phase:
    | 'scan'
    | 'verify'
    | 'statistics'
    | 'evaluate'
    | 'reference'
    | 'features'
    | 'predict'
    | 'export'
    | 'calibrate'
    | InstallPhase
  readonly done: number
  /** Null where it isn't known yet. */
  readonly total: number | null
  readonly secondsLeft: number | null
  /** What it is at, where the phase alone does not say: `TensorFlow CPU bf16`. */
  readonly detail?: string
  /** Results of an evaluation for the images that are done. */
  readonly soFar?: SoFar | null
}

/** What a person should know while the job continues. */
export type Notice = NoticeFact & {
  readonly event: 'notice'
  /** Whether it is for terminals only: windows have a better place for it, and scripts no use. */
  readonly terminalOnly?: true
}

/** What the recorder alone hears: the recipe with where it computes, and where a resumed run stands. */
export type RunRecord =
  | { readonly event: 'recipe'; readonly run: Id; readonly recipe: Recipe }
  | {
      readonly event: 'position'
      readonly run: Id
      /** Done. */
      readonly epoch: number
      readonly epochs: readonly EpochRecord[]
    }

/** What jobs say while they work: plain JSON, told apart by `event`. */
export type JobEvent =
  | RunRecord
  | JobProgress
  | Notice
  | ({ readonly event: 'imported' } & ImportResult)
  | { readonly event: 'run'; readonly run: Id; readonly name: string; readonly dataset: Id }
  | (LiveTrainingEvent & { readonly run: Id })
  | TrainingEnd

/** How a training ended: recorded, and not passed on, since the job's result tells it. */
export type TrainingEnd = Extract<TrainingEvent, { event: 'completed' | 'stopped' }> & { readonly run: Id }

/** What a run says while it trains; `step` and `progress` also how much memory its process holds. */
export type LiveTrainingEvent =
  | Exclude<TrainingEvent, { event: 'completed' | 'stopped' | 'step' | 'progress' }>
  | (Extract<TrainingEvent, { event: 'step' | 'progress' }> & { readonly memory: MemoryUse })

export interface ImportResult {
  readonly dataset: Id
  readonly name: string
  readonly version: number
  readonly root: string
  readonly classes: readonly string[]
  /** Usable ones. */
  readonly images: Readonly<Record<Split, number>>
  /** Files that were left out, with the reason. */
  readonly problems: readonly Problem[]
}
