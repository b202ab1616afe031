import { StudioError } from '../../base/errors.ts'
import type { ProcessIdentity } from '../../base/processIdentity.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'

export interface HeldLease {
  /** Aborted when another process has taken the run over, or it was deleted. */
  readonly lost: AbortSignal
  /** No more signs of life. */
  close(): void
}

export interface LeaseOptions {
  /** The process that computes. Default: this one. */
  readonly process?: ProcessIdentity
  /** Milliseconds between two signs of life. */
  readonly interval?: number
}

/**
 * Makes a run a process's own, and says every now and then that it is alive. The lease lasts as long as that process
 * lives, also without the one that holds it here.
 * @throws StudioError `run-busy`
 */
export function holdLease(
  { leases }: Pick<Registry, 'leases'>,
  run: Id,
  { process, interval = 10_000 }: LeaseOptions = {},
): HeldLease {
  leases.claim(run, process)
  const lost = new AbortController()
  const timer = setInterval(() => {
    try {
      if (!leases.heartbeat(run, process)) lost.abort(takenOver(run))
    } catch {
      // The disk is full or the database busy: the next sign of life is soon enough.
    }
  }, interval)
  return { lost: lost.signal, close: () => clearInterval(timer) }
}

function takenOver(run: Id): StudioError {
  return new StudioError('run-taken-over', { run })
}
