import { stat } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

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

export interface WebFile {
  readonly path: string
  readonly size: number
  /** For the header `content-type`. */
  readonly type: string
}

/**
 * The file of a built page that an address names; one without an extension is a view of the page and gets its index.html.
 * @param address as in a URL: from the root, with its escapes
 * @returns null where there is no such file in the folder; nothing outside of it is looked at
 */
export async function webFile(folder: string, address: string): Promise<WebFile | null> {
  const path = inside(folder, address)
  if (path === null) return null
  return (await fileAt(path)) ?? (extname(path) === '' ? fileAt(join(folder, 'index.html')) : null)
}

function inside(folder: string, address: string): string | null {
  const root = normalize(folder + sep)
  try {
    const path = normalize(join(folder, decodeURIComponent(address)))
    return path.startsWith(root) ? path : null
  } catch {
    return null
  }
}

async function fileAt(path: string): Promise<WebFile | null> {
  const facts = await stat(path).catch(() => null)
  const type = types[extname(path)] ?? 'application/octet-stream'
  return facts?.isFile() ? { path, size: facts.size, type } : null
}
