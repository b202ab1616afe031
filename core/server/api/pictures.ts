import type { Context } from 'hono'

/** An encoded image for a window. */
export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: 'image/webp'
  /** ETag of the content; null where the file may change under its address. */
  readonly tag: string | null
}

/** Pictures named by content never change: windows keep them. */
export function picture(c: Context, { bytes, type, tag }: Picture): Response {
  if (tag !== null && c.req.header('if-none-match') === `"${tag}"`) return c.body(null, 304)
  c.header('content-type', type)
  c.header('cache-control', tag === null ? 'no-store' : 'private, max-age=31536000, immutable')
  if (tag !== null) c.header('etag', `"${tag}"`)
  return c.body(bytes)
}
