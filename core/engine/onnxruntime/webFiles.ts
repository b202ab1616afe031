import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** ONNX Runtime for browsers, on WebAssembly alone. */
export interface WebRuntime {
  /** An ECMAScript module, whole but for the WebAssembly; begins with its license as a comment. */
  readonly module: string
  readonly wasm: Uint8Array
}

export async function webRuntime(): Promise<WebRuntime> {
  // Its path is that of the file itself: what other names lead to depends on who asks, and packages leave builds out.
  const wasm = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')
  return {
    module: await readFile(join(dirname(wasm), 'ort.wasm.bundle.min.mjs'), 'utf8'),
    wasm: await readFile(wasm),
  }
}
