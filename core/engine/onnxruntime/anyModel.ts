import type { ExecutionOptions } from '../types.ts'
import { cpuProvider } from './providers.ts'
import { runtime } from './runtime.ts'
import { openSession, runSession } from './session.ts'

/** What a model takes, of the types that pictures have. */
export interface ModelInput {
  readonly type: 'float32' | 'uint8'
  readonly data: Float32Array | Uint8Array
  readonly shape: readonly number[]
}

export interface AnyModel {
  /** Outputs by name; the model has one input, of that name. */
  run(input: string, value: ModelInput): Promise<ReadonlyMap<string, Float32Array>>
  dispose(): Promise<void>
}

/**
 * Opens an ONNX model with plain ONNX Runtime on the CPU, whatever its input is and what it gives in 32-bit floats.
 * @throws StudioError `engine-failed`, `out-of-memory`
 */
export async function openAnyModel(model: Uint8Array, { threads }: ExecutionOptions = {}): Promise<AnyModel> {
  const session = await openSession(model, { provider: cpuProvider, threads })
  const outputs = Object.fromEntries(session.outputNames.map((name) => [name, null]))
  return {
    async run(input, { type, data, shape }) {
      const feeds = { [input]: new (runtime().Tensor)(type, data as Float32Array, shape) }
      const results = await runSession(session, cpuProvider, feeds, outputs)
      return new Map(Object.entries(results).map(([name, value]) => [name, value.data as Float32Array]))
    },
    dispose: () => session.release(),
  }
}
