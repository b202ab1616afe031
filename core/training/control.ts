import { once } from 'node:events'

/** How a run is steered from outside. The loop looks between updates, and in validation between micro-batches. */
export interface TrainingSignals {
  /** When aborted: finish the update, save, and end as `stopped`. */
  readonly stop?: AbortSignal
  /** While it is down: save and wait after the update. */
  readonly pause?: PauseSwitch
}

export interface PauseSwitch {
  readonly paused: boolean
  pause(): void
  resume(): void
  /** Resolves when the pause ends, or `stop` is aborted. */
  whenResumed(stop?: AbortSignal): Promise<void>
}

export function pauseSwitch(): PauseSwitch {
  const target = new EventTarget()
  let paused = false
  return {
    get paused() {
      return paused
    },
    pause() {
      paused = true
    },
    resume() {
      paused = false
      target.dispatchEvent(new Event('resumed'))
    },
    async whenResumed(stop) {
      const options = stop === undefined ? {} : { signal: stop }
      // `once` rejects when the signal is aborted; the loop sees that by itself.
      if (paused && !stop?.aborted) await once(target, 'resumed', options).catch(() => undefined)
    },
  }
}
