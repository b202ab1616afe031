import { constants } from 'node:os'

export interface Interrupt {
  readonly signal: AbortSignal
  /** What to exit with when it was used: 130 after Ctrl-C. */
  exitCode(): number
  dispose(): void
}

type Name = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/**
 * npx and npm pass a Ctrl-C on that the terminal already sent to everyone: two signals within this time (ms) are one.
 */
const echo = 500

/** The first signal asks the command to end well; a second one ends the process at once. */
export function listenForInterrupt(onFirst: (name: Name) => void): Interrupt {
  const controller = new AbortController()
  let code = 130
  let first = 0
  const handle = (name: Name): void => {
    const now = performance.now()
    if (controller.signal.aborted) {
      if (now - first > echo) process.exit(code)
      return
    }
    first = now
    code = 128 + constants.signals[name]
    onFirst(name)
    controller.abort()
  }
  const names: readonly Name[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const name of names) process.on(name, handle)
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose: () => names.forEach((name) => process.off(name, handle)),
  }
}
