import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** A file of the built renderer; every path that names none is a view of it, and gets its page. */
export async function rendererFile(folder: string, pathname: string): Promise<Response> {
  const path = inside(folder, pathname)
  if (path === null) return new Response(null, { status: 404 })
  const named = extname(path) !== ''
  const file = named ? path : join(folder, 'index.html')
  const bytes = await readFile(file).catch(() => null)
  if (bytes === null) return new Response(null, { status: 404 })
  const type = types[extname(file)] ?? 'application/octet-stream'
  return new Response(new Uint8Array(bytes), {
    headers: { 'content-type': type, 'cache-control': 'no-cache' },
  })
}

function inside(folder: string, pathname: string): string | null {
  try {
    const path = normalize(join(folder, decodeURIComponent(pathname)))
    return path.startsWith(normalize(folder) + sep) || path === normalize(folder + sep) ? path : null
  } catch {
    return null
  }
}
