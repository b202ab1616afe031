import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'

export interface SocketRequest {
  readonly method?: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds until the answer begins; left out: as long as it takes. */
  readonly timeout?: number
}

/** An HTTP request over a Unix socket or named pipe, which `fetch` can't do. */
export function request(socketPath: string, options: SocketRequest): Promise<Response> {
  const { method = 'GET', path, headers, body, timeout } = options
  return new Promise((resolve, reject) => {
    // Node's usual agent ends what is silent for five seconds; a job may be.
    const outgoing = httpRequest({ socketPath, method, path, headers, agent: false })
    const timer =
      timeout && setTimeout(() => outgoing.destroy(new Error('There was no answer in time.')), timeout)
    outgoing.on('response', (incoming) => {
      clearTimeout(timer)
      const stream = Readable.toWeb(incoming) as ReadableStream<Uint8Array>
      resolve(new Response(stream, { status: incoming.statusCode ?? 500 }))
    })
    outgoing.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    outgoing.end(body)
  })
}
