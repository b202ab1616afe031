import { forget, gradientOf, type KeptGradient } from './gradients.ts'
import type { Endpoint } from './schema.ts'
import { read, type Variable } from './variables.ts'
import type { TensorflowWriter } from './writer.ts'

/**
 * v ← μv + (g + λw), w ← w − ηv: ResourceApplyMomentum (the Keras form would rescale v when η changes). The gradient
 * is gone then.
 *
 * @param factor multiplies the learning rate
 * @returns names of operations to wait for
 */
export function momentumUpdate(
  writer: TensorflowWriter,
  variables: { readonly weight: Variable; readonly momentum: Variable; readonly gradient: KeptGradient },
  rates: { readonly learningRate: Endpoint; readonly momentum: Endpoint; readonly weightDecay: Endpoint },
  factor: number,
): readonly string[] {
  const T = { T: { type: 'float' } } as const
  const { weight, momentum, gradient } = variables
  const decay = writer.node('Mul', [read(writer, weight).name, rates.weightDecay.tensor], T)
  const slope = writer.node('AddV2', [gradientOf(writer, gradient), decay], T)
  const learningRate =
    factor === 1
      ? rates.learningRate.tensor
      : writer.node('Mul', [rates.learningRate.tensor, writer.float(factor)], T)
  const update = writer.node(
    'ResourceApplyMomentum',
    [weight.handle, momentum.handle, learningRate, slope, rates.momentum.tensor],
    { ...T, use_locking: false, use_nesterov: false },
  )
  return forget(writer, gradient, [update])
}
