/** Puts what Electron 22 lacks into its place, then starts the application as it is. */
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import * as web from 'node:stream/web'
import electron, { type UploadData } from 'electron'
import * as undici from 'undici'
import { fromWeb, parseUrl, toWeb, withResolvers } from './missing.ts'

type Loose = Record<string, unknown>

/** Defines what is not there. */
function lend(target: object, members: Loose): void {
  for (const [name, value] of Object.entries(members)) {
    if (!(name in target)) Object.defineProperty(target, name, { value, configurable: true, writable: true })
  }
}

lend(URL, { parse: parseUrl })
lend(Promise, { withResolvers })
lend(Readable, { toWeb, fromWeb })
const { ReadableStream, TextDecoderStream, TransformStream } = web
lend(globalThis, { ReadableStream, TextDecoderStream, TransformStream })
const { fetch, Request, Response, Headers, FormData } = undici
lend(globalThis, { fetch, Request, Response, Headers, FormData })
lend(Response, {
  json: (value: unknown, init: undici.ResponseInit = {}) =>
    new Response(JSON.stringify(value), { ...init, headers: { 'content-type': 'application/json' } }),
})

/** What a page sends: bytes, files and blobs. */
async function bodyOf(parts: readonly UploadData[]): Promise<Buffer | null> {
  const buffers = await Promise.all(
    parts.map((part) => {
      if (part.blobUUID) return electron.session.defaultSession.getBlobData(part.blobUUID)
      return part.file ? readFile(part.file) : part.bytes
    }),
  )
  return buffers.length > 0 ? Buffer.concat(buffers) : null
}

/** The current Electron's protocol.handle, by what came before it. */
lend(electron.protocol, {
  handle(scheme: string, handler: (request: undici.Request) => Promise<undici.Response>): void {
    electron.protocol.registerStreamProtocol(scheme, (request, answer) => {
      const { url, method, headers } = request
      bodyOf(request.uploadData ?? [])
        .then((body) => handler(new Request(url, { method, headers, body })))
        .then(
          (response) =>
            answer({
              statusCode: response.status,
              headers: Object.fromEntries(response.headers),
              data: response.body
                ? fromWeb(response.body as web.ReadableStream<Uint8Array>)
                : Readable.from([]),
            }),
          () => answer({ error: -2 }),
        )
    })
  },
})

/** Navigation events carry their address themselves in the current Electron. */
electron.app.on('web-contents-created', (_, contents) => {
  const complete = (event: object, url: string): void => {
    lend(event, { url })
  }
  contents.prependListener('will-navigate', complete as never)
  contents.prependListener('will-redirect', complete as never)
})

// After this module's own statements, unlike a static import's.
void import('../../../../electron/main.ts')
