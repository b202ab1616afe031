/** Opens model.json in Node.js. Needs `@tensorflow/tfjs-core`, `-converter` and `-backend-wasm`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openModel, sourceOf, type Runtime } from './tfjs.ts'
import type { Model, Rules } from './preprocess.ts'

interface Core extends Runtime {
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
}

/** @param runtime `tfjs-wasm`, or `tfjs-cpu`: plain JavaScript, slow */
export async function open(folder: string, rules: Rules, runtime = 'tfjs-wasm'): Promise<Model> {
  const backend = runtime.slice('tfjs-'.length)
  const core = await loaded<Core>('@tensorflow/tfjs-core')
  const { loadGraphModel } = await loaded<Runtime>('@tensorflow/tfjs-converter')
  await loaded(`@tensorflow/tfjs-backend-${backend}`)
  if (!(await core.setBackend(backend))) throw new Error(`TensorFlow.js can't start its back end ${backend}`)
  await core.ready()
  const tf: Runtime = { tensor: (...values) => core.tensor(...values), loadGraphModel }
  const source = sourceOf(await readFile(join(folder, 'model.json'), 'utf8'), async (name) => {
    const { buffer, byteOffset, byteLength } = await readFile(join(folder, name))
    return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
  })
  return openModel(tf, source, rules)
}

/** These packages are CommonJS: what they hold is their default. */
async function loaded<T>(name: string): Promise<T> {
  return ((await import(name)) as { default: T }).default
}
