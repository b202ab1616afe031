import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { Readable } from 'node:stream'
import { StudioError } from '../../base/errors.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.map': 'application/json',
}

/**
 * A file of the built renderer; every path that names none is a view of it, and gets its page.
 * @throws StudioError `not-built`, `not-found`
 */
export async function rendererFile(folder: string, path: string): Promise<Response> {
  const file = await fileFor(folder, path)
  const named = extname(path) !== ''
  if (file === null && named) throw new StudioError('not-found', { what: 'page', path })
  const found = file ?? (await fileFor(folder, '/index.html'))
  if (found === null) throw notBuilt()
  const hashed = path.startsWith('/assets/')
  return new Response(Readable.toWeb(createReadStream(found.path)) as ReadableStream<Uint8Array>, {
    headers: {
      'content-type': types[extname(found.path)] ?? 'application/octet-stream',
      'content-length': String(found.size),
      'cache-control': hashed ? 'private, max-age=31536000, immutable' : 'no-cache',
    },
  })
}

async function fileFor(folder: string, path: string): Promise<{ path: string; size: number } | null> {
  const inside = normalize(join(folder, decoded(path)))
  if (!inside.startsWith(normalize(folder + sep))) return null
  const facts = await stat(inside).catch(() => null)
  return facts?.isFile() ? { path: inside, size: facts.size } : null
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return '/'
  }
}

function notBuilt(): StudioError {
  return new StudioError('not-built', {})
}
