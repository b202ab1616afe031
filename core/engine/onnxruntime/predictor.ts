import type { Tensors } from '../../base/tensor.ts'
import { parameters } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { onnxModel } from '../../graph/onnx/model.ts'
import { inferenceGraph } from '../../graph/step.ts'
import type { ExecutionOptions, Predictor } from '../types.ts'
import { cpuProvider, type Provider } from './providers.ts'
import { openSession, ortTensor, runSession, type Session } from './session.ts'

/** Runs a network forward with the weights compiled in. A network without flatten takes images of any size. */
export async function openPredictor(
  trained: Network,
  tensors: Tensors,
  options: ExecutionOptions,
  provider: Provider,
): Promise<Predictor> {
  const network = withoutAuxiliary(trained)
  const own = new Set(parameters(network).map(({ name }) => name))
  const weights = new Map([...tensors].filter(([name]) => own.has(name)))
  const anySize = !network.layers.some((layer) => layer.kind === 'flatten')
  const { dialect } = provider
  const model = onnxModel(inferenceGraph(network, anySize), {
    name: network.name,
    dialect,
    constants: weights,
    outside: true,
  })
  const session = await openSession(model, { provider, threads: options.threads, constants: weights })
  return predictorOf(session, provider)
}

/**
 * Opens an ONNX file with plain ONNX Runtime: what a deployment does, and what a parity check compares with.
 *
 * @param path a model with one input `images` N×3×H×W and one output `logits` N×K
 */
export async function openOnnxModel(path: string, options: ExecutionOptions = {}): Promise<Predictor> {
  const provider = cpuProvider
  return predictorOf(await openSession(path, { provider, threads: options.threads }), provider)
}

function predictorOf(session: Session, provider: Provider): Predictor {
  return {
    async logits(images) {
      const { logits } = await runSession(session, provider, { images: ortTensor(images) }, { logits: null })
      return { shape: logits!.dims, data: logits!.data as Float32Array }
    },
    dispose: () => session.release(),
  }
}
