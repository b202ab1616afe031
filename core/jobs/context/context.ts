import type { Machine } from '../../engine/selection/trial.ts'
import type { PauseSwitch } from '../../training/control.ts'
import { openRegistry } from '../../registry/registry.ts'
import type { JobEvent } from '../recording/events.ts'
import { useHome, type Home, type HomeContext } from './home.ts'
import { openRecorder } from '../recording/recorder.ts'
import { recordRowsHere, type RecordRow } from '../recording/rows.ts'

/** What a job needs besides its order, wherever it works: no registry. */
export interface WorkContext {
  /** Where its files are: checkpoints, caches, weights, exports. */
  readonly home: Home
  /** Says what happens. What has to stay of it is recorded by the process that started the job, or else by this one. */
  readonly emit: (event: JobEvent) => void
  readonly record: RecordRow
  /** Ends the job: training saves and stops, other jobs are canceled. */
  readonly signal: AbortSignal
  /** Ends trials before training: what the machine has shown decides then. */
  readonly skip?: AbortSignal
  /** Pauses training, where the process that started the job can ask for it. */
  readonly pause?: PauseSwitch
  /** Where it may compute, and how that is tried; left out: this machine. */
  readonly machine?: Machine
}

/** A job's context in a process that has the registry. Inputs and results are plain JSON. */
export interface JobContext extends WorkContext, HomeContext {
  /** Says what another process has recorded. */
  readonly pass: (event: JobEvent) => void
}

export interface ContextOptions {
  readonly home?: string | undefined
  /** Nothing will be changed: then a full disk, or one that can only be read, is no hindrance. */
  readonly reading?: boolean | undefined
  /** Is told what was recorded. */
  readonly emit?: (event: JobEvent) => void
  readonly signal?: AbortSignal
  readonly pause?: PauseSwitch
  readonly skip?: AbortSignal
}

/** Opens the home folder, or makes it, for jobs of this process. The caller closes the registry. */
export function openContext(options: ContextOptions): JobContext {
  const home = useHome(options.home)
  const registry = openRegistry(home.registry, { reading: options.reading === true })
  const pass = options.emit ?? (() => undefined)
  return {
    home,
    registry,
    emit: openRecorder({ home, registry }, pass),
    record: recordRowsHere({ home, registry }),
    pass,
    signal: options.signal ?? new AbortController().signal,
    ...(options.pause && { pause: options.pause }),
    ...(options.skip && { skip: options.skip }),
  }
}
