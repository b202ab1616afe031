import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Hub } from './hub.ts'
import type { StreamMessage } from './types.ts'

interface StreamOptions {
  /** Id of the last event that the reader has seen. */
  readonly after?: string | undefined
  readonly version: string
  readonly texts: Catalog
  readonly signal: AbortSignal
  /** Milliseconds of silence after which a comment shows that the connection lives. */
  readonly beat?: number
}

/**
 * The hub's events as server-sent events (WHATWG HTML §9.2). Read at the reader's pace: a slow window makes nothing
 * pile up here, it finds out by a `reset` that it was too slow.
 */
export function eventStream(hub: Hub, { after, version, texts, signal, beat = 15_000 }: StreamOptions) {
  const reader = hub.reader(after)
  const encoder = new TextEncoder()
  const ended = new AbortController()
  const stop = AbortSignal.any([signal, ended.signal])
  let alive: NodeJS.Timeout | undefined
  stop.addEventListener('abort', () => clearTimeout(alive))
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      const hello: StreamMessage = { type: 'hello', server: hub.server, version }
      controller.enqueue(encoder.encode(message(hello, after === undefined ? reader.position : undefined)))
      // One timer for as long as the reader is there, not one for each event.
      alive = setTimeout(() => {
        if (stop.aborted || hub.closed) return
        if (controller.desiredSize! > 0) controller.enqueue(encoder.encode(': alive\n\n'))
        alive?.refresh()
      }, beat)
    },
    async pull(controller) {
      const { lost, events } = await reader.next(stop)
      if (stop.aborted || hub.closed) {
        clearTimeout(alive)
        return controller.close()
      }
      const lines = lost
        ? [message({ type: 'reset' }, reader.position)]
        : events.map(({ id, event }) => message(shown(event, texts), id))
      controller.enqueue(encoder.encode(lines.join('')))
      alive?.refresh()
    },
    cancel: () => ended.abort(),
  })
}

function message(data: StreamMessage, id: string | undefined): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}
