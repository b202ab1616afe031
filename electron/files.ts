import { readFile } from 'node:fs/promises'
import { webFile } from '../core/base/webFile.ts'

/** A file of the built renderer; every path that names none is a view of it, and gets its page. */
export async function rendererFile(folder: string, pathname: string): Promise<Response> {
  const file = await webFile(folder, pathname)
  if (file === null) return new Response(null, { status: 404 })
  return new Response(new Uint8Array(await readFile(file.path)), {
    headers: { 'content-type': file.type, 'cache-control': 'no-cache' },
  })
}
