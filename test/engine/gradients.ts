import type { Tensors } from '../../core/base/tensor.ts'
import type { Trainer } from '../../core/engine/types.ts'

export const still = { learningRate: 0, momentum: 0, weightDecay: 0 }

/** With rate, momentum and decay 0 an update moves the gradient into the momentum and leaves the weights. */
export async function gradientsOf(trainer: Trainer): Promise<Tensors> {
  await trainer.apply(still)
  return (await trainer.state()).momentum
}
