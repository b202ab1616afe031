import type { PauseSwitch } from '../training/control.ts'
import { openRegistry, type Registry } from '../registry/registry.ts'
import type { JobEvent } from './events.ts'
import { useHome, type Home } from './home.ts'

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
  const home = useHome(options.home)
  return {
    home,
    registry: openRegistry(home.registry),
    emit: options.emit ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
    ...(options.pause && { pause: options.pause }),
  }
}
