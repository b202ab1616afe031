/** The loops of the update, over flat shared memory; run by the threads of updater.ts. */

/** One parameter's place in the flat arrays. */
export interface Segment {
  readonly start: number
  readonly end: number
  /** Multiplies the learning rate. */
  readonly factor: number
}

export interface FlatState {
  readonly weights: Float32Array
  readonly momentum: Float32Array
  readonly gradients: Float32Array
}

/**
 * SGD with momentum and weight decay on [start, end): v ← μv + (g + λw), w ← w − ηv (PyTorch's form; the rate
 * multiplies at the step, so that cutting it does not rescale what momentum has gathered).
 */
export function momentumStep(
  { weights, momentum, gradients }: FlatState,
  start: number,
  end: number,
  rates: { readonly learningRate: number; readonly momentum: number; readonly weightDecay: number },
): void {
  const { learningRate, momentum: mu, weightDecay } = rates
  for (let index = start; index < end; index++) {
    const weight = weights[index]!
    const velocity = mu * momentum[index]! + (gradients[index]! + weightDecay * weight)
    momentum[index] = velocity
    weights[index] = weight - learningRate * velocity
  }
}

/** sum ← sum + addend on [start, end). */
export function addInto(sum: Float32Array, addend: Float32Array, start: number, end: number): void {
  for (let index = start; index < end; index++) sum[index]! += addend[index]!
}
