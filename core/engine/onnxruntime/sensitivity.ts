import type { Tensor, Tensors } from '../../base/tensor.ts'
import { onnxModel } from '../../graph/onnx/model.ts'
import { sensitivityGraph } from '../../graph/step.ts'
import type { Network } from '../../network/types.ts'
import type { ExecutionOptions } from '../types.ts'
import { cpuProvider } from './providers.ts'
import { openSession, ortTensor, runSession } from './session.ts'

/** How the logits change with a layer's output. */
export interface Sensitivity {
  /**
   * @param images N×3×H×W, normalized
   * @param seeds N×K, how much each logit counts
   * @returns the logits, the layer's output, and the gradient of Σₖ seedₖ · logitₖ with respect to it
   */
  run(images: Tensor, seeds: Tensor): Promise<Readonly<Record<'logits' | 'activation' | 'gradient', Tensor>>>
  dispose(): Promise<void>
}

/** On the CPU, in 32-bit floats. @throws StudioError `not-found` for a layer that does not exist */
export async function openSensitivity(
  network: Network,
  weights: Tensors,
  layer: string,
  { threads }: Pick<ExecutionOptions, 'threads'> = {},
): Promise<Sensitivity> {
  const provider = cpuProvider
  const { dialect } = provider
  const graph = sensitivityGraph(network, layer)
  const model = onnxModel(graph, { name: network.name, dialect, constants: weights, outside: true })
  const session = await openSession(model, { provider, threads, constants: weights })
  return {
    async run(images, seeds) {
      const feeds = { images: ortTensor(images), seeds: ortTensor(seeds) }
      const results = await runSession(session, provider, feeds, {
        logits: null,
        activation: null,
        gradient: null,
      })
      const of = (name: string): Tensor => ({
        shape: results[name]!.dims,
        data: results[name]!.data as Float32Array,
      })
      return { logits: of('logits'), activation: of('activation'), gradient: of('gradient') }
    },
    dispose: () => session.release(),
  }
}
