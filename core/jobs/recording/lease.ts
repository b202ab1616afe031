import { StudioError } from '../../base/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'

export interface HeldLease {
  /** Aborted when another process has taken the run over, or it was deleted. */
  readonly lost: AbortSignal
  /** No more signs of life. */
  close(): void
}

/**
 * Makes a run this process's own, and says every now and then that it is alive.
 * @param interval ms between two signs of life
 * @throws StudioError `run-busy`
 */
export function holdLease({ leases }: Pick<Registry, 'leases'>, run: Id, interval = 10_000): HeldLease {
  leases.claim(run)
  const lost = new AbortController()
  const timer = setInterval(() => {
    try {
      if (!leases.heartbeat(run)) lost.abort(takenOver(run))
    } catch {
      // The disk is full or the database busy: the next sign of life is soon enough.
    }
  }, interval)
  return { lost: lost.signal, close: () => clearInterval(timer) }
}

function takenOver(run: Id): StudioError {
  return new StudioError('run-taken-over', { run })
}
