import type * as z from 'zod'
import type { Registry } from '../registry/registry.ts'
import type { Id } from '../registry/types.ts'
import type { JobContext } from './context.ts'

/** A kind of job: all that the queue, the worker, the command line and the API know about it. */
export interface JobEntry<Input, Result> {
  /** Checks what comes from outside; a field of Input that it forgets does not compile. What it names (runs, data sets, files) is looked up as the job starts. */
  readonly input: z.ZodType<Input> & { readonly shape: { readonly [Key in keyof Input]-?: unknown } }
  /** Refuses at once what else would fail once the job starts; left out: `input` sees all. @throws StudioError */
  readonly check?: (input: Input) => Promise<void>
  /** Loads what the job needs when it is called: an import starts without an engine. */
  readonly run: (context: JobContext, input: Input) => Promise<Result>
  /** @throws StudioError `not-found` where the job names a run or data set that isn't there */
  readonly describe: (input: Input, context: DescribeContext) => JobDescription
  /** What the job made or changed, and what it worked on (`change` null). */
  readonly made: (result: Result) => readonly JobProduct[]
  /** Training can pause, and saves when it is stopped. */
  readonly trains: boolean
}

export interface DescribeContext {
  readonly registry: Registry
  /** Id of the device that `auto` stands for. */
  readonly preferredDevice: () => string
}

/** What a person reads about a job before it has done anything, and where it belongs. */
export interface JobDescription {
  readonly title: string
  /** Jobs with the same lane work one at a time: a device (`cpu`), or `import`. */
  readonly lane: string
  readonly run: Id | null
  readonly dataset: Id | null
}

export interface JobProduct {
  readonly what: 'run' | 'dataset' | 'evaluation' | 'ensemble' | 'export'
  readonly id: Id
  readonly change: 'created' | 'updated' | null
}
