/** What is asked of the server again and again: one request at a time, and no answer that is older than one shown. */
export interface Latest {
  /** Asks at once, or after the request that is under way. */
  now(): void
  /** Asks in one request for all that is asked for within the pause. */
  soon(): void
  /** Nothing is asked or taken any more. */
  stop(): void
}

export function latest<Answer>(
  load: () => Promise<Answer>,
  take: (answer: Answer) => void,
  failed: () => void,
  pause: number,
): Latest {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAsking = false
  let isWanted = false
  let stopped = false

  function now(): void {
    clearTimeout(timer)
    timer = undefined
    isWanted = true
    if (!isAsking) void ask()
  }

  async function ask(): Promise<void> {
    isAsking = true
    while (isWanted && !stopped) {
      isWanted = false
      try {
        const answer = await load()
        if (!stopped) take(answer)
      } catch {
        if (!stopped) failed()
      }
    }
    isAsking = false
  }

  return {
    now,
    soon: () => (timer ??= setTimeout(now, pause)),
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
