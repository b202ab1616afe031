import type { PauseSwitch } from '../training/control.ts'
import type { TrainingEvent } from '../training/events.ts'
import { openRegistry, type Registry } from '../registry/registry.ts'
import type { Id } from '../registry/types.ts'
import type { ImportResult } from './import.ts'
import { resolveHome, type Home } from './home.ts'

/** How far a job is that takes a while. */
export interface JobProgress {
  readonly event: 'progress'
  readonly phase: 'scan' | 'verify' | 'statistics' | 'evaluate' | 'predict' | 'export'
  readonly done: number
  /** Null where it isn't known yet. */
  readonly total: number | null
  readonly secondsLeft: number | null
}

/** What a person should know, while the job goes on. */
export interface Notice {
  readonly event: 'notice'
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/** What jobs say while they work: plain JSON, told apart by `event`. */
export type JobEvent =
  | JobProgress
  | Notice
  | ({ readonly event: 'imported' } & ImportResult)
  | { readonly event: 'run'; readonly run: Id; readonly name: string; readonly dataset: Id }
  | (Exclude<TrainingEvent, { event: 'completed' | 'stopped' }> & { readonly run: Id })

/** What a job needs besides its input. Inputs and results are plain JSON, so that a job can run in its own process. */
export interface JobContext {
  readonly home: Home
  readonly registry: Registry
  readonly emit: (event: JobEvent) => void
  /** Ends the job: training saves and stops, other jobs are canceled. */
  readonly signal: AbortSignal
  /** Holds training, where whoever started the job can ask for it. */
  readonly pause?: PauseSwitch
}

/** Opens the home folder, or makes it. The caller closes the registry. */
export function openContext(options: {
  readonly home?: string | undefined
  readonly emit?: JobContext['emit']
  readonly signal?: AbortSignal
  readonly pause?: PauseSwitch
}): JobContext {
  const home = resolveHome(options.home)
  // Engines look for what was installed into this folder, in this process and in those that it starts.
  process.env['VGG_STUDIO_HOME'] = home.folder
  return {
    home,
    registry: openRegistry(home.registry),
    emit: options.emit ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
    ...(options.pause && { pause: options.pause }),
  }
}
