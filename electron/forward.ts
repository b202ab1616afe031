import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'

/** The host that the server answers to at its socket. */
export const socketHost = 'vgg-studio'

/** Headers between two ends of a connection, or only for the server and us to set. */
const own = new Set([
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'cookie',
  'authorization',
  'studio-window',
])

/**
 * Passes a request of the window on to the server at its Unix socket or named pipe, and the answer back; both bodies
 * flow as they come. Aborting the request, or canceling the answer's body, ends it on the server too.
 * @param token proves that it comes from this application; the window never sees it
 * @throws what `http.request` reports, where no server answers
 */
export function forward(request: Request, socketPath: string, token: string): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const headers = {
    ...passedOn(request.headers),
    host: socketHost,
    authorization: `Bearer ${token}`,
    // What a window asks for is confined; without this the server would take it for the application itself.
    'studio-window': '1',
  }
  return new Promise((resolve, reject) => {
    // Node's usual agent ends what is silent for five seconds; event streams are.
    const { method, signal } = request
    const outgoing = httpRequest({
      socketPath,
      method,
      path: pathname + search,
      headers,
      signal,
      agent: false,
    })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => resolve(responseOf(incoming)))
    if (request.body === null) outgoing.end()
    else pipeBody(request.body, outgoing)
  })
}

function pipeBody(
  body: ReadableStream<Uint8Array>,
  outgoing: NodeJS.WritableStream & { destroy(error?: Error): void },
) {
  const readable = Readable.fromWeb(body as NodeReadableStream<Uint8Array>)
  readable.on('error', (error) => outgoing.destroy(error))
  readable.pipe(outgoing)
}

function passedOn(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !own.has(name)))
}

/** Statuses that have no body, which `Response` insists on. */
const bodiless = new Set([101, 204, 205, 304])

function responseOf(incoming: IncomingMessage): Response {
  const status = incoming.statusCode ?? 502
  const headers = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (!own.has(name)) for (const value of values ?? []) headers.append(name, value)
  }
  if (bodiless.has(status)) {
    incoming.resume()
    return new Response(null, { status, headers })
  }
  return new Response(Readable.toWeb(incoming) as ReadableStream<Uint8Array>, { status, headers })
}
