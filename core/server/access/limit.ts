import { createMiddleware } from 'hono/factory'
import { StudioError } from '../../base/errors.ts'

/** Largest JSON that a client may send. */
const jsonBytes = 4_000_000
/** Image files, which have a limit of their own. */
const uploads = '/api/predict/upload'

/** Refuses what is too large before it is taken into memory, whether its length is announced or not. */
export const limitBody = createMiddleware(async (c, next) => {
  if (c.req.path !== uploads) {
    if (Number(c.req.header('content-length') ?? 0) > jsonBytes) throw tooLarge()
    if (c.req.header('transfer-encoding') !== undefined) c.req.raw = await whole(c.req.raw)
  }
  await next()
})

/** The same request with its body in memory. */
async function whole({ url, method, headers, body, signal }: Request): Promise<Request> {
  return new Request(url, { method, headers, signal, body: await read(body) })
}

async function read(body: ReadableStream<Uint8Array> | null): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > jsonBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks)).buffer
}

function tooLarge(): StudioError {
  return new StudioError('too-large', { what: 'request' })
}
