import type { Context } from 'hono'

/** Comma-separated values that a browser saves under this name. */
export const attachment = (c: Context, name: string, text: string): Response =>
  c.body(`${text}\n`, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  })
