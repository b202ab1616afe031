/** How index.html opens model.onnx. */
import { openModel, type Runtime } from './onnx.ts'
import type { Model, Rules } from './preprocess.ts'

/** What runtime.js holds: onnxruntime-web's module, and its WebAssembly, gzipped, in base 64. */
declare const onnxruntimeFiles: { readonly module: string; readonly wasm: string }

export const modelEnding = /\.onnx$/
export const modelName = 'model.onnx'

/** The files of the model that are not there yet. */
export function missingFiles(files: ReadonlyMap<string, Blob>): Promise<readonly string[]> {
  return Promise.resolve(files.has(modelName) ? [] : [modelName])
}

export async function openFiles(files: ReadonlyMap<string, Blob>, rules: Rules): Promise<Model> {
  const bytes = Uint8Array.from(atob(onnxruntimeFiles.wasm), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  const module = new Blob([onnxruntimeFiles.module], { type: 'text/javascript' })
  const ort = (await import(URL.createObjectURL(module))) as Runtime & {
    env: { wasm: Record<string, unknown> }
  }
  ort.env.wasm.numThreads = 1
  ort.env.wasm.wasmBinary = await new Response(stream).arrayBuffer()
  return openModel(ort, new Uint8Array(await files.get(modelName)!.arrayBuffer()), rules)
}
