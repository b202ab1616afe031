import { extname } from 'node:path'

/**
 * A module that a thread or a process starts from. tsc leaves such URLs alone, so it has the asking module's own
 * extension: `.ts` in a checkout, `.js` where core has been compiled.
 *
 * @param from the asking module's `import.meta.url`
 * @param path from there, without the extension
 */
export function moduleUrl(from: string, path: string): URL {
  return new URL(`${path}${extname(from)}`, from)
}
