import type { Hub } from './hub.ts'
import type { StreamMessage } from './types.ts'

interface StreamOptions {
  /** Id of the last event that the reader has seen. */
  readonly after?: string | undefined
  readonly version: string
  readonly signal: AbortSignal
  /** Milliseconds of silence after which a comment shows that the connection lives. */
  readonly beat?: number
}

/**
 * The hub's events as server-sent events (WHATWG HTML §9.2). Read at the reader's pace: a slow window makes nothing
 * pile up here, it finds out by a `reset` that it was too slow.
 */
export function eventStream(hub: Hub, { after, version, signal, beat = 15_000 }: StreamOptions) {
  const reader = hub.reader(after)
  const encoder = new TextEncoder()
  const ended = new AbortController()
  const stop = AbortSignal.any([signal, ended.signal])
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      const hello: StreamMessage = { type: 'hello', server: hub.server, version }
      controller.enqueue(encoder.encode(message(hello, after === undefined ? reader.position : undefined)))
    },
    async pull(controller) {
      const { lost, events } = await reader.next(AbortSignal.any([stop, AbortSignal.timeout(beat)]))
      if (stop.aborted || hub.closed) return controller.close()
      const texts = lost
        ? [message({ type: 'reset' }, reader.position)]
        : events.map(({ id, event }) => message(event, id))
      controller.enqueue(encoder.encode(texts.length > 0 ? texts.join('') : ': alive\n\n'))
    },
    cancel: () => ended.abort(),
  })
}

function message(data: StreamMessage, id: string | undefined): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}
