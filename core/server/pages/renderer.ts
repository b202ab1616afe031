import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { StudioError } from '../../base/errors.ts'
import { webFile } from '../../base/webFile.ts'
import type { Settings } from '../api/types.ts'

/**
 * A file of the built renderer; every path that names none is a view of it, and gets its page, in the theme that was
 * chosen.
 * @throws StudioError `not-built`, `not-found`
 */
export async function rendererFile(
  folder: string,
  path: string,
  theme: Settings['theme'],
): Promise<Response> {
  const file = await webFile(folder, path)
  if (file === null) {
    const isBuilt = (await webFile(folder, '/')) !== null
    throw isBuilt ? new StudioError('not-found', { what: 'page', path }) : notBuilt()
  }
  const hashed = path.startsWith('/assets/')
  const headers = {
    'content-type': file.type,
    'cache-control': hashed ? 'private, max-age=31536000, immutable' : 'no-cache',
  }
  if (file.path.endsWith('.html')) {
    return new Response(themed(await readFile(file.path, 'utf8'), theme), { headers })
  }
  return new Response(Readable.toWeb(createReadStream(file.path)) as ReadableStream<Uint8Array>, {
    headers: { ...headers, 'content-length': String(file.size) },
  })
}

/** The page learns the theme later than it is first painted: so that a dark one does not start with a flash of white. */
function themed(page: string, theme: Settings['theme']): string {
  if (theme === 'system') return page
  return page
    .replace('<html', `<html data-theme="${theme}"`)
    .replace('content="light dark"', `content="${theme}"`)
}

function notBuilt(): StudioError {
  return new StudioError('not-built', {})
}
