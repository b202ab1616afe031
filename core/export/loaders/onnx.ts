/** Opens model.onnx with ONNX Runtime, in Node.js or in a browser. Needs nothing else. */
import type { Model, Rules } from './preprocess.ts'

/** The part of ONNX Runtime that is used; the same in its packages for Node.js and for browsers. */
export interface Runtime {
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => { data: unknown }
  readonly InferenceSession: { create(model: Uint8Array, options?: object): Promise<Session> }
}

export interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: unknown }>>
}

/**
 * @param ort in a browser `import * as ort from 'onnxruntime-web/wasm'`
 * @param model bytes of model.onnx
 * @param rules content of preprocessing.json
 */
export async function openModel(
  { Tensor, InferenceSession }: Runtime,
  model: Uint8Array,
  { input, output }: Rules,
): Promise<Model> {
  const session = await InferenceSession.create(model)
  return {
    async run({ type, data, shape }) {
      const outputs = await session.run({ [input.name]: new Tensor(type, data, shape) })
      return outputs[output.name]!.data as Float32Array
    },
  }
}
