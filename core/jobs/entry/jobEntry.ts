import type * as z from 'zod'
import type { TitleFact } from '../../messages/catalog.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'
import type { JobContext, WorkContext } from '../context/context.ts'
import type { HomeContext } from '../context/home.ts'
import type { WaitingRun } from '../training/prepared.ts'

/** A kind of job: all that the queue, the worker, the command line and the API know about it. */
export interface JobDefinition<Input, Result> {
  /** Checks what comes from outside; a field of Input that it forgets does not compile. What it names (runs, data sets, files) is looked up as the job starts. */
  readonly input: z.ZodType<Input> & { readonly shape: { readonly [Key in keyof Input]-?: unknown } }
  /** Refuses at once what would otherwise fail when the job starts; optional if `input` catches everything. @throws StudioError */
  readonly check?: (input: Input) => Promise<void>
  /** @throws StudioError `not-found` where the job names a run or data set that isn't there */
  readonly describe: (input: Input, context: DescribeContext) => JobDescription
  /** Things that the job made or changed, or worked on (`change` null). */
  readonly made: (result: Result) => readonly JobProduct[]
}

/**
 * A job that works without a registry, in any process: `order` reads all that it needs of it, as plain data with paths
 * that are relative to the home folder or to that of the images; what it adds is recorded by the process that started it.
 * Orders are made in the server: the job's file loads what decodes or computes in `work` alone.
 */
export interface WorkEntry<Input, Order, Result> extends JobDefinition<Input, Result> {
  /** @throws StudioError */
  readonly order: (context: HomeContext, input: Input) => Promise<Order>
  /** @throws StudioError */
  readonly work: (context: WorkContext, order: Order) => Promise<Result>
}

/** A job that trains. */
export interface TrainingEntry<Input, Result> extends JobDefinition<Input, Result> {
  /** In this process, from the first to the last. */
  readonly run: (context: JobContext, input: Input) => Promise<Result>
  /** Makes ready what a process without a registry then trains. */
  readonly prepare: (context: JobContext, input: Input) => Promise<WaitingRun | Finished<Result>>
  /** Whether one training may follow another: after each `prepare` is asked again, until it says that all is done. */
  readonly hasFurtherTrainings?: true
}

export type JobEntry = WorkEntry<unknown, unknown, unknown> | TrainingEntry<unknown, unknown>

/** Nothing is left to train. */
export interface Finished<Result> {
  readonly finished: Result
}

export interface DescribeContext {
  readonly registry: Registry
  /** Id of the device that `auto` stands for. */
  readonly preferredDevice: () => string
}

/** Title and lane of a job that has not started, and the run and data set that it belongs to. */
export interface JobDescription {
  readonly title: TitleFact
  /** Jobs with the same lane work one at a time: a device (`cpu`), or `import`. */
  readonly lane: string
  readonly run: Id | null
  readonly dataset: Id | null
  /** The plan that it carries out. */
  readonly plan?: Id
}

export interface JobProduct {
  readonly what: 'run' | 'dataset' | 'evaluation' | 'ensemble' | 'export' | 'plan'
  readonly id: Id
  readonly change: 'created' | 'updated' | null
}
