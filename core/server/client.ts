import { errorOf, StudioError, type ErrorReport } from '../base/errors.ts'
import type { JobContext } from '../jobs/context/context.ts'
import type { JobInputs, JobKind } from '../jobs/catalog.ts'
import { socketHost } from './access/check.ts'
import type { JobLine } from './api/lines.ts'
import type { Discovery } from './discovery.ts'
import type { Job } from './queue/types.ts'
import { request } from './socketRequest.ts'

/** Asks a live server something as its owner. @throws StudioError what it answers */
export async function askServer<Answer>(
  { socket, token }: Discovery,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await send({ socket, token }, method, path, body)
  return (await response.json()) as Answer
}

/**
 * Hands a job to a live server and follows it, as if it ran here: its events go to the context, whose signal cancels it.
 * Paths in the input are absolute.
 * @throws StudioError of the job; `server-gone`
 */
export async function runOnServer<Kind extends JobKind>(
  live: Discovery,
  kind: Kind,
  input: JobInputs[Kind],
  { pass, signal }: Pick<JobContext, 'pass' | 'signal'>,
): Promise<unknown> {
  const { job } = await askServer<{ job: Job }>(live, 'POST', '/api/jobs', { kind, input })
  const cancel = (): void => void askServer(live, 'POST', `/api/jobs/${job.id}/cancel`).catch(() => undefined)
  signal.addEventListener('abort', cancel)
  if (signal.aborted) cancel()
  try {
    const response = await send(live, 'GET', `/api/jobs/${job.id}/events`)
    for await (const line of linesOf(response)) {
      if ('event' in line) pass(line.event)
      else if ('error' in line) throw errorOf(line.error)
      else return line.result
    }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
  throw new StudioError('server-gone', { pid: live.pid })
}

async function send(
  { socket, token }: Pick<Discovery, 'socket' | 'token'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const headers = { host: socketHost, authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const text = body === undefined ? undefined : JSON.stringify(body)
  const response = await request(socket, { method, path, headers, ...(text !== undefined && { body: text }) })
  if (response.ok) return response
  throw errorOf(((await response.json()) as { error: ErrorReport }).error)
}

async function* linesOf(response: Response): AsyncGenerator<JobLine> {
  let rest = ''
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield JSON.parse(line) as JobLine
  }
}
