import { hc } from 'hono/client'
import type { Api } from '../core/server/api/index.ts'
import type { ErrorBody } from '../core/server/api/types.ts'
import type { ErrorReport } from '../core/base/errors.ts'
import { m } from './messages/index.ts'

/** The server's API; its types are the server's own. Same origin in Electron (app://) and in a browser. */
export const api = hc<Api>((globalThis as { location?: { origin: string } }).location?.origin ?? '/').api

/** What went wrong, in the words of the server (or ours where none answered): sentences for people. */
export class ApiError extends Error {
  readonly code: string
  readonly hint: string | undefined

  constructor({ code, message, hint }: ErrorReport) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

interface Answer<Body> {
  readonly ok: boolean
  readonly status: number
  json(): Promise<Body>
}

/** The body of an answer. @throws ApiError as the server reported it, `offline` where no server answered */
export async function ask<Body>(request: Promise<Answer<Body>>): Promise<Body> {
  const answer = await request.catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError({ code: 'offline', ...m.errors.offline })
  })
  if (answer.ok) return answer.json()
  throw await refusal(answer)
}

async function refusal(answer: Answer<unknown>): Promise<ApiError> {
  const body = (await answer.json().catch(() => null)) as ErrorBody | null
  if (answer.status === 401) return new ApiError({ code: 'no-session', ...m.errors.session })
  if (body?.error) return new ApiError(body.error)
  return new ApiError({ code: 'unexpected', ...m.errors.status(answer.status) })
}

/** Whatever was thrown, for people. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof ApiError) {
    const { code, message, hint } = error
    return hint === undefined ? { code, message } : { code, message, hint }
  }
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) }
}

/** Address of an image, its longer side at most `side`; cached for good. */
export const imageUrl = (
  dataset: string,
  position: number,
  side: 64 | 128 | 256 | 512 | 1024 | 2048,
): string => `/api/datasets/${dataset}/images/${position}/picture?side=${side}`

export const problemUrl = (dataset: string, position: number): string =>
  `/api/datasets/${dataset}/problems/${position}/picture?side=128`
