export interface ImportProgress {
  readonly phase: 'scan' | 'verify' | 'statistics'
  /** Files. */
  readonly done: number
  /** null while unknown. */
  readonly total: number | null
  readonly secondsLeft: number | null
}

export interface Phase {
  /** `done` files so far. */
  at(done: number): void
  finish(done: number): void
}

const interval = 100

/** Reports a phase at most ten times a second, and its beginning and end. */
export function startPhase(
  phase: ImportProgress['phase'],
  total: number | null,
  report: ((progress: ImportProgress) => void) | undefined,
): Phase {
  const started = performance.now()
  let reported = started
  const send = (done: number, now: number): void => {
    reported = now
    report?.({ phase, done, total, secondsLeft: secondsLeft(done, total, (now - started) / 1000) })
  }
  send(0, started)
  return {
    at(done) {
      const now = performance.now()
      if (now - reported >= interval) send(done, now)
    },
    finish: (done) => send(done, performance.now()),
  }
}

/** Not guessed from the first half second. */
function secondsLeft(done: number, total: number | null, elapsed: number): number | null {
  if (total === null) return null
  if (done >= total) return 0
  return done > 0 && elapsed >= 0.5 ? (elapsed / done) * (total - done) : null
}
