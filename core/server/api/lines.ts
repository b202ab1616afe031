import { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { factOf, type ErrorFact } from '../../base/errors.ts'
import type { JobEvent } from '../../jobs/recording/events.ts'
import type { Queue } from '../queue/queue.ts'

/** A line of what a job reports, for the process that handed it over. */
export type JobLine =
  { readonly event: JobEvent } | { readonly result: unknown } | { readonly error: ErrorFact }

export function jobLines(queue: Queue, job: string, signal: AbortSignal): ReadableStream<Uint8Array> {
  // Named from Node: the renderer's checker, which follows the API's types to here, knows the browsers' without `from`.
  const stream: unknown = NodeReadableStream.from(encoded(lines(queue, job, signal)))
  return stream as ReadableStream<Uint8Array>
}

async function* lines(queue: Queue, job: string, signal: AbortSignal): AsyncGenerator<JobLine> {
  for await (const event of queue.said(job, signal)) yield { event }
  if (signal.aborted) return
  try {
    yield { result: queue.result(job) }
  } catch (error) {
    yield { error: factOf(error) }
  }
}

async function* encoded(lines: AsyncGenerator<JobLine>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const line of lines) yield encoder.encode(`${JSON.stringify(line)}\n`)
}
