/** How index.html opens model.json and the weights beside it. */
import { openModel, sourceOf, weightFiles, type Runtime } from './tfjs.ts'
import type { Model, Rules } from './preprocess.ts'

/** What runtime.js defines, and its WebAssembly, gzipped, in base 64. */
declare const tf: Runtime & {
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  env(): { set(flag: string, value: boolean): void }
  readonly wasm: { setWasmPaths(paths: Record<string, string>): void }
}
declare const tensorflowFiles: { readonly wasm: string }

export const modelEnding = /\.(json|bin)$/
export const modelName = 'model.json and all files in weights'

/** The files of the model that are not there yet, by their paths. */
export async function missingFiles(files: ReadonlyMap<string, Blob>): Promise<readonly string[]> {
  const description = files.get('model.json')
  if (!description) return ['model.json']
  return weightFiles(await description.text()).filter((path) => !files.has(nameOf(path)))
}

export async function openFiles(files: ReadonlyMap<string, Blob>, rules: Rules): Promise<Model> {
  const bytes = Uint8Array.from(atob(tensorflowFiles.wasm), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  const wasm = new Blob([await new Response(stream).arrayBuffer()], { type: 'application/wasm' })
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  const address = URL.createObjectURL(wasm)
  // It wants an address for each of its builds, whichever it takes.
  const builds = ['', '-simd', '-threaded-simd'].map((build) => `tfjs-backend-wasm${build}.wasm`)
  tf.wasm.setWasmPaths(Object.fromEntries(builds.map((build) => [build, address])))
  if (!(await tf.setBackend('wasm'))) throw new Error('this browser is too old for its WebAssembly')
  await tf.ready()
  const description = await files.get('model.json')!.text()
  return openModel(
    tf,
    sourceOf(description, (path) => files.get(nameOf(path))!.arrayBuffer()),
    rules,
  )
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
