import type { ErrorFact } from '../base/errors.ts'
import type { DeviceFact } from '../messages/catalog.ts'
import type { Tensor, Tensors } from '../base/tensor.ts'
import type { Split } from '../network/split.ts'
import type { Network } from '../network/types.ts'

export const engineNames = ['onnxruntime', 'tensorflow'] as const
export type EngineName = (typeof engineNames)[number]

/** What a training computed by: an engine of this machine, or PyTorch on others (core/cluster). */
export const trainedByNames = [...engineNames, 'pytorch'] as const
export type TrainedByName = (typeof trainedByNames)[number]

export const precisions = ['fp32', 'bf16'] as const
export type Precision = (typeof precisions)[number]

/** What a person chose; `auto` leaves the choice to the studio. */
export interface ExecutionRequest {
  readonly engine: EngineName | 'auto'
  readonly device: string
  readonly precision: Precision | 'auto'
}

/** A device on which an engine can compute. `id` is what `--device` takes: `cpu`, `webgpu`, `cuda:0`. */
export interface Device {
  readonly engine: EngineName
  readonly id: string
  /** Display text: `CPU, 2 cores`. */
  readonly name: string
  readonly precisions: readonly Precision[]
  readonly usable: boolean
  /** If not usable: why, and what would make it usable. */
  readonly reason?: ErrorFact
  /** What it needs, shown if it does not start. */
  readonly remedy?: DeviceFact
  /** Bytes of memory (for the CPU, main memory); undefined if the device does not report it. */
  readonly memory?: number
  /** Result of a training step on it, if it was tried (see selection/selfTest.ts). */
  readonly selfTest?: SelfTest
}

/** A training step of a small network, compared with the same step by ONNX Runtime on the CPU. */
export interface SelfTest {
  /** Largest ‖a−b‖/‖b‖ over the gradients. */
  readonly difference: number
  /** Time of a training step of VGG-A, 64×64, batch 8, one tenth as wide; for comparing devices. */
  readonly secondsPerImage: number
}

/**
 * Everything that training changes, in canonical form: PyTorch names and layouts (convolution O×I×kH×kW, linear
 * out×in), float32. `weights` includes `running_mean` and `running_var`; `momentum` has one entry for each trainable
 * parameter (v ← μv + (g + λw), w ← w − ηv).
 */
export interface State {
  readonly weights: Tensors
  readonly momentum: Tensors
}

/** One micro-batch. */
export interface Batch {
  /** N×3×H×W, normalized. Read during the call only. */
  readonly images: Tensor
  /** N class indices. */
  readonly labels: Int32Array
  /**
   * Whose labels have a part in the targets too (mixup): share · label + (1 − share) · other. Images still count as
   * correct by `labels`.
   */
  readonly mixed?: { readonly labels: Int32Array; readonly shares: Float32Array }
  /** N weights: the accumulated gradient is that of Σ weightᵢ · lossᵢ, so 1/(batch size) gives the batch's mean. */
  readonly weights: Float32Array
  /** Names the dropout masks' random stream (see dropoutMask). The same seed gives the same masks on every engine. */
  readonly dropoutSeed: readonly number[]
}

/** What a step says of each of its N images, by their logits and labels alone: no weights, smoothing or mixing. */
export interface ImageResults {
  /** −ln p(label), nats. */
  readonly losses: Float32Array
  /** The label's logit less the highest other one. */
  readonly margins: Float32Array
  /** Class of the highest other logit. */
  readonly others: Int32Array
}

export interface StepResult {
  /** Σ weightᵢ · lossᵢ, without the weight decay term: with auxiliary classifiers the sum that gradients are of. */
  readonly loss: number
  /** The same of the classifier alone. */
  readonly classifierLoss: number
  /** Images whose highest logit is the label's. */
  readonly correct: number
  /** How far logits differ from image to image: root mean square around the mean of each class. 0 for one image. */
  readonly spread: number
  /** Results of the classifier alone. */
  readonly images: ImageResults
}

export interface Rates {
  readonly learningRate: number
  readonly momentum: number
  readonly weightDecay: number
}

/** Runs training steps of one network on one device. Calls do not overlap. */
export interface Trainer {
  readonly device: Device
  readonly precision: Precision
  /** Forward and backward of one micro-batch; gradients are summed until apply. */
  accumulate(batch: Batch): Promise<StepResult>
  /**
   * One SGD update with the summed gradients, which are zero afterwards. Batch-norm statistics advance by all its
   * micro-batches.
   */
  apply(rates: Rates): Promise<void>
  /** A copy of the state after the last complete update. Later steps do not change it. */
  state(): Promise<State>
  /** Replaces all weights and momenta, and forgets an unfinished update. Missing momenta are zero. */
  restore(state: State): Promise<void>
  dispose(): Promise<void>
}

/** Runs a network forward: batch normalization with running statistics, no dropout. */
export interface Predictor {
  /**
   * @param images N×3×H×W, normalized. H and W are the network's input, or at least that for a dense network.
   * @returns N×classes logits.
   */
  logits(images: Tensor): Promise<Tensor>
  dispose(): Promise<void>
}

export interface ExecutionOptions {
  /** A device id; default `cpu`. */
  readonly device?: string
  readonly precision?: Precision
  /** Threads inside one operation; default: the number of cores. */
  readonly threads?: number
}

export interface TrainerOptions extends ExecutionOptions {
  /** Layers (by name) whose parameters stay as they are; frozen batch normalization uses its running statistics. */
  readonly frozen?: readonly string[]
  /** Multiplies the learning rate of a layer's parameters; default 1. */
  readonly rateFactors?: Readonly<Record<string, number>>
  /** ε of label smoothing: the target is (1−ε)·one-hot + ε/K. Default 0. */
  readonly labelSmoothing?: number
}

/** Approximate bytes of the device's memory that training takes, and what for. */
export interface MemoryEstimate {
  /** Weights and running statistics. */
  readonly parameters: number
  readonly gradients: number
  readonly momentum: number
  /** Memory of one micro-batch: outputs kept for the backward pass, dropout masks, gradients on their way. */
  readonly activations: number
  /** The engine's own memory: its program, scratch buffers, copies. */
  readonly workspace: number
  /** Additional memory at an epoch's end: the state for the checkpoint, the network that validates. */
  readonly epochEnd: number
  /** Peak memory of an update. */
  readonly step: number
  /** Peak memory of a run. */
  readonly total: number
}

export interface MemoryOptions extends Pick<ExecutionOptions, 'device' | 'precision'> {
  /** Whether an update consists of several micro-batches. Default false. */
  readonly accumulates?: boolean
  /** Where the network is cut, if features are computed once and only its head is trained on them; default: not. */
  readonly split?: Split | null
}

export interface SupportOptions extends Pick<ExecutionOptions, 'device'> {
  /** Images at once; default 1: what it can't do with one image, it can't do at all. */
  readonly microBatch?: number
}

/** A layer of a network that an engine can't train. */
export interface Unsupported {
  /** Display text: `lrn1`. */
  readonly layer: string
  readonly limit: LayerLimit
}

/** A limit of an engine. */
export type LayerLimit = {
  readonly kind: 'tensor-size'
  /** Bytes of the tensor that it would need. */
  readonly bytes: number
  /** Bytes that a tensor must stay below. */
  readonly most: number
}

export interface Engine {
  readonly name: EngineName
  readonly version: string
  devices(): Promise<readonly Device[]>
  /** The part of a network that it can't train on a device, without loading anything; null if it can train all of it. */
  supports(network: Network, options?: SupportOptions): Unsupported | null
  /** Memory that training takes with this many images at once, without loading anything. */
  memory(network: Network, microBatch: number, options?: MemoryOptions): MemoryEstimate
  trainer(network: Network, initial: State, options?: TrainerOptions): Promise<Trainer>
  predictor(network: Network, weights: Tensors, options?: ExecutionOptions): Promise<Predictor>
}
