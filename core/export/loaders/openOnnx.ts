/** Opens model.onnx in Node.js. Needs `onnxruntime-node`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openModel, type Runtime } from './onnx.ts'
import type { Model, Rules } from './preprocess.ts'

/** @param runtime package of ONNX Runtime: onnxruntime-node or onnxruntime-web */
export async function open(folder: string, rules: Rules, runtime = 'onnxruntime-node'): Promise<Model> {
  // Before it is loaded: ONNX Runtime reports to its maker otherwise.
  process.env.ORT_DISABLE_TELEMETRY ??= '1'
  const loaded = (await import(runtime)) as { default?: Runtime }
  const ort = loaded.default?.InferenceSession ? loaded.default : (loaded as unknown as Runtime)
  return openModel(ort, await readFile(join(folder, 'model.onnx')), rules)
}
