import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** TensorFlow.js for a page, on WebAssembly. */
export interface WebScripts {
  /** Plain scripts, in the order to run them, that define `tf`; each begins with its license as a comment. */
  readonly scripts: readonly string[]
  /** With SIMD, for one thread: what all browsers that are kept up run. */
  readonly wasm: Uint8Array
}

export async function webScripts(): Promise<WebScripts> {
  const { resolve } = createRequire(import.meta.url)
  const [core, converter, backend] = ['core', 'converter', 'backend-wasm'].map((part) =>
    join(dirname(resolve(`@tensorflow/tfjs-${part}`)), `tf-${part}.es2017.min.js`),
  ) as [string, string, string]
  const scripts = await Promise.all([core, converter, backend].map((path) => readFile(path, 'utf8')))
  // Maps would be looked for beside the page.
  return {
    scripts: scripts.map((text) => text.replace(/^\/\/# sourceMappingURL=.*$/gm, '')),
    wasm: await readFile(join(dirname(backend), 'tfjs-backend-wasm-simd.wasm')),
  }
}
