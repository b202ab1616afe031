import type { Tensors } from '../../base/tensor.ts'
import { predictionModel } from '../../graph/tensorflow/prediction.ts'
import { parameters } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { checkedTensor } from '../flatState.ts'
import type { ExecutionOptions, Predictor } from '../types.ts'
import type { Binding } from './binding.ts'
import { openSession } from './session.ts'

/** Runs a network forward. A network without flatten takes images of any size. */
export function openPredictor(
  binding: Binding,
  trained: Network,
  weights: Tensors,
  { precision = 'fp32', place }: ExecutionOptions & { readonly place: string },
): Predictor {
  const network = withoutAuxiliary(trained)
  const anySize = !network.layers.some((layer) => layer.kind === 'flatten')
  const tensors = parameters(network).map(
    (parameter) => [parameter.name, checkedTensor(parameter, weights)] as const,
  )
  const computation = precision === 'bf16' ? 'bfloat16' : 'float'
  const session = openSession(binding, predictionModel(network, { computation, anySize, place }))
  for (const [name, tensor] of tensors) session.run('restore', { [name]: tensor }, [name])
  return {
    async logits(images) {
      return session.run('predict', { images }).logits!
    },
    dispose: async () => session.dispose(),
  }
}
