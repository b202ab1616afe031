import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { StudioError } from '../../base/errors.ts'
import { webFile } from '../../base/webFile.ts'

/**
 * A file of the built renderer; every path that names none is a view of it, and gets its page.
 * @throws StudioError `not-built`, `not-found`
 */
export async function rendererFile(folder: string, path: string): Promise<Response> {
  const file = await webFile(folder, path)
  if (file === null) {
    const isBuilt = (await webFile(folder, '/')) !== null
    throw isBuilt ? new StudioError('not-found', { what: 'page', path }) : notBuilt()
  }
  const hashed = path.startsWith('/assets/')
  return new Response(Readable.toWeb(createReadStream(file.path)) as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': file.type,
      'content-length': String(file.size),
      'cache-control': hashed ? 'private, max-age=31536000, immutable' : 'no-cache',
    },
  })
}

function notBuilt(): StudioError {
  return new StudioError('not-built', {})
}
