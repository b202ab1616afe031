import { linearFactors } from './linearFactors.ts'
import type { Pass } from './pass.ts'
import { tapGradients } from './tapGradients.ts'
import { winograd } from './winograd.ts'

/** What runs a training graph: ONNX Runtime on the CPU, on a GPU fed with each step or one that keeps the state; TensorFlow. */
export type Runner = 'cpu' | 'fed' | 'resident' | 'tensorflow'

/** Passes that rewrite the graph for a runner, in order. */
export const passesFor: Readonly<Record<Runner, readonly Pass[]>> = {
  cpu: [linearFactors, tapGradients, winograd],
  fed: [linearFactors, tapGradients],
  resident: [],
  tensorflow: [linearFactors],
}
