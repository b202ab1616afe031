import type { Tensors } from '../base/tensor.ts'
import type { ResizeMode } from '../image/types.ts'
import type { NetworkOptions } from '../network/architectures/index.ts'
import type { WeightType } from '../graph/tensorflow/packedWeights.ts'
import type { Network } from '../network/types.ts'
import type { Normalization } from '../pipeline/types.ts'
import type { Attribution } from '../weights/entry.ts'

/** A trained network with all that its answers depend on. */
export interface ExportSource {
  readonly network: Network
  /** What the network was built from, by which other libraries' models are told. */
  readonly options?: NetworkOptions | undefined
  /** Canonical names and layouts. */
  readonly weights: Tensors
  /** Class names, in the order of the network's outputs. */
  readonly classes: readonly string[]
  readonly normalization: Normalization
  readonly mode: ResizeMode
  /** Test scale Q, pixels, at least the crop. */
  readonly scale: number
  /** How the network came to be, for people and programs; JSON-plain. */
  readonly recipe?: Readonly<Record<string, unknown>> | undefined
  /** Attribution of the weights that training started from. */
  readonly attribution?: Attribution | undefined
  /** Temperature that the weights' logits have been divided by; stated in the preprocessing. */
  readonly temperature?: number | undefined
}

/** What can be chosen about an export, whatever its format. */
export interface ExportChoices {
  /**
   * `inside`: the model takes 8-bit RGB pictures of any size and gives probabilities; `outside`: it takes normalized crops
   * and gives logits, and the programs beside it prepare them.
   */
  readonly preprocessing: 'inside' | 'outside'
  /** The network as it is applied to whole images, whatever their size (VGG §3.2), instead of their middle. */
  readonly dense: boolean
  /** Images at a time: any number, or always this many. */
  readonly batch: number | 'any'
  /** How the weights of a TensorFlow.js model are kept; default: in 32-bit floats. */
  readonly weights?: WeightType | undefined
}
