import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../base/temporary.ts'
import type { Tensor } from '../../base/tensor.ts'
import type { TensorflowModel } from '../../graph/tensorflow/prediction.ts'
import { dataTypes, servingTag, type Endpoint } from '../../graph/tensorflow/schema.ts'
import type { Binding } from './binding.ts'
import { withStudioErrors } from './errors.ts'

/** A loaded graph with its variables. */
export interface Session {
  /**
   * Runs a signature. It blocks this thread.
   *
   * @param feeds by the signature's input keys; read during the call only
   * @param fetches output keys; all of them when left out
   */
  run(
    signature: string,
    feeds: Readonly<Record<string, Tensor>>,
    fetches?: readonly string[],
  ): Readonly<Record<string, Tensor>>
  dispose(): void
}

export function openSession(binding: Binding, model: TensorflowModel): Session {
  const id = load(binding, model.bytes)
  return {
    run(signature, feeds, fetches) {
      const { inputs, outputs } = model.signatures[signature]!
      const keys = Object.keys(feeds)
      const wanted = fetches ?? Object.keys(outputs)
      return runOnce(
        binding,
        id,
        keys.map((key) => [inputs[key]!, feeds[key]!]),
        wanted.map((key) => [key, outputs[key]!]),
      )
    },
    dispose: () => withStudioErrors(() => binding.deleteSavedModel(id)),
  }
}

/** TensorFlow reads graphs from a folder only; it is deleted once that is done. */
function load(binding: Binding, bytes: Uint8Array): number {
  const folder = temporaryFolder('graph')
  try {
    writeFileSync(join(folder, 'saved_model.pb'), bytes)
    return withStudioErrors(() => binding.loadSavedModel(folder, servingTag))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function runOnce(
  binding: Binding,
  id: number,
  feeds: readonly (readonly [Endpoint, Tensor])[],
  fetches: readonly (readonly [string, Endpoint])[],
): Record<string, Tensor> {
  const tensors: number[] = []
  try {
    return withStudioErrors(() => {
      for (const [, { shape, data }] of feeds)
        tensors.push(binding.createTensor(shape, dataTypes.float, data))
      const results = binding.runSavedModel(
        id,
        tensors,
        feeds.map(([endpoint]) => tensorName(endpoint)).join(),
        fetches.map(([, endpoint]) => tensorName(endpoint)).join(),
      )
      tensors.push(...results.map((result) => result.id))
      return Object.fromEntries(
        results.map((result, index) => [
          fetches[index]![0],
          { shape: result.shape, data: binding.tensorDataSync(result.id) },
        ]),
      )
    })
  } finally {
    for (const tensor of tensors) binding.deleteTensor(tensor)
  }
}

function tensorName({ tensor }: Endpoint): string {
  return tensor.includes(':') ? tensor : `${tensor}:0`
}
