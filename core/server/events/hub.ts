import { randomBytes } from 'node:crypto'
import type { HubEvent } from './types.ts'

export interface Numbered<Event> {
  /** `<server>-<number>`: another server's numbers mean nothing to this one. */
  readonly id: string
  readonly event: Event
}

/** What a reader gets: events, or word that some are lost to it. */
export interface Reader<Event> {
  /** Events not read yet; `lost`: some were thrown away before, or it came from another server. Waits for the first. */
  next(signal: AbortSignal): Promise<{ readonly lost: boolean; readonly events: readonly Numbered<Event>[] }>
  /** Id of what it has read. */
  readonly position: string
}

/** Passes events on to any number of readers, each at its own pace, and keeps the latest for those that return. */
export interface Hub<Event = HubEvent> {
  /** Differs from every other server's. */
  readonly server: string
  publish(event: Event): void
  /** @param after the id of the last event seen; left out: from now on */
  reader(after?: string): Reader<Event>
  /** Wakes all readers, for good. */
  close(): void
  readonly closed: boolean
}

/** @param capacity events kept */
export function openHub<Event = HubEvent>(capacity = 4096): Hub<Event> {
  const server = randomBytes(4).toString('hex')
  const kept: Numbered<Event>[] = []
  /** Number of the next event; kept[0] has number `next - kept.length`. */
  let next = 1
  let closed = false
  const waiting = new Set<() => void>()
  const wake = (): void => waiting.forEach((go) => go())

  function publish(event: Event): void {
    kept.push({ id: `${server}-${next++}`, event })
    if (kept.length > capacity) kept.splice(0, kept.length - capacity)
    wake()
  }

  function reader(after?: string): Reader<Event> {
    const known = after === undefined ? next - 1 : numberOf(after, server)
    let lost = known === null || known >= next
    let cursor = lost ? next : known! + 1
    return {
      get position() {
        return `${server}-${cursor - 1}`
      },
      async next(signal) {
        while (!lost && cursor === next && !closed && !signal.aborted) await woken(waiting, signal)
        const first = next - kept.length
        const missed = lost || cursor < first
        lost = false
        const events = missed ? [] : kept.slice(cursor - first)
        cursor = next
        return { lost: missed, events }
      },
    }
  }

  return {
    server,
    publish,
    reader,
    get closed() {
      return closed
    },
    close() {
      closed = true
      wake()
    },
  }
}

function numberOf(id: string, server: string): number | null {
  const [prefix, number, ...rest] = id.split('-')
  const value = Number(number)
  return prefix === server && rest.length === 0 && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** When something happens, or the signal ends the wait; neither keeps anything of it then. */
function woken(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      waiting.delete(go)
      signal.removeEventListener('abort', go)
      resolve()
    }
    waiting.add(go)
    signal.addEventListener('abort', go)
  })
}
