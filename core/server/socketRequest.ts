import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'

export interface SocketRequest {
  readonly method?: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
  /** Milliseconds without a byte. */
  readonly timeout?: number
}

/** An HTTP request over a Unix socket or named pipe, which `fetch` can't do. */
export function request(socketPath: string, options: SocketRequest): Promise<Response> {
  const { method = 'GET', path, headers, body, signal, timeout } = options
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { socketPath, method, path, headers, ...(signal && { signal }), ...(timeout && { timeout }) },
      (incoming) => {
        const stream = Readable.toWeb(incoming) as ReadableStream<Uint8Array>
        resolve(new Response(stream, { status: incoming.statusCode ?? 500 }))
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
