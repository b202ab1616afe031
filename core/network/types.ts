/**
 * What a network is: readonly data, a directed acyclic graph of layers. Nothing here computes.
 *
 * Layer names are PyTorch module paths (`features.0`, `classifier.6`), so that a parameter's canonical name is
 * `<layer>.weight`, `<layer>.bias`, `<layer>.running_mean` or `<layer>.running_var`, as in torchvision's state_dict.
 */

/** Output shape of a layer for one image: [channels, height, width], or [features] after flatten. */
export type Shape = readonly [number, number, number] | readonly [number]

interface Common {
  readonly name: string
  /** The paper's name, for people: `conv3-2`, `fc6`. Shown, never parsed. */
  readonly label: string
  /** Names of the layers (or `input`) whose outputs this one takes, in order. Earlier in the list than the layer itself. */
  readonly inputs: readonly string[]
}

export interface Convolution extends Common {
  readonly kind: 'convolution'
  readonly outChannels: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  /** Each group of output channels reads the input channels of its own group only; 1: all of them. Divides both. */
  readonly groups: number
  /** Distance between the taps of the kernel; default 1. For inference only (see toDenseWithOffsets). */
  readonly dilation?: number
  readonly bias: boolean
}

export interface Linear extends Common {
  readonly kind: 'linear'
  readonly outFeatures: number
  readonly bias: boolean
}

/** Where a pooling looks: PyTorch's rules for all of it. */
interface Pooling extends Common {
  readonly kernel: number
  readonly stride: number
  /** Padding on each side, at most half the kernel. */
  readonly padding: number
  /** Whether a last window that is not whole counts too. None starts in the padding behind the map. */
  readonly ceilMode: boolean
}

/** Padding never is the maximum; the first of equal maxima gets the gradient. */
export interface MaxPool extends Pooling {
  readonly kind: 'maxPool'
}

export interface AveragePool extends Pooling {
  readonly kind: 'averagePool'
  /** Whether padding's zeros count in the mean (what ceil mode adds behind the padding never does). */
  readonly countIncludePad: boolean
}

/** b = a / (k + α Σ a²)^β over `size` channels, the sum not divided by `size` (AlexNet §3.3; VGG §2.1). */
export interface LocalResponseNorm extends Common {
  readonly kind: 'localResponseNorm'
  readonly size: number
  readonly alpha: number
  readonly beta: number
  readonly k: number
}

/** Per channel, biased variance to normalize, unbiased variance into running_var (PyTorch BatchNorm2d). */
export interface BatchNorm extends Common {
  readonly kind: 'batchNorm'
  readonly epsilon: number
  /** Weight of the new batch in the running statistics. PyTorch's default 0.1. */
  readonly momentum: number
  /** Its scale starts at 0 instead of 1, so that a residual block starts as its shortcut (`zero_init_residual`). */
  readonly zeroScale?: true
}

/** Inverted dropout: kept values are divided by 1 − rate while training. */
export interface Dropout extends Common {
  readonly kind: 'dropout'
  /** Probability of setting a value to zero, 0 ≤ rate < 1. */
  readonly rate: number
}

export interface Relu extends Common {
  readonly kind: 'relu'
}

/** 1 / (1 + e^−x) */
export interface Sigmoid extends Common {
  readonly kind: 'sigmoid'
}

export interface Flatten extends Common {
  readonly kind: 'flatten'
}

/** Elementwise sum of inputs of one shape. */
export interface Add extends Common {
  readonly kind: 'add'
}

/** Along channels. */
export interface Concat extends Common {
  readonly kind: 'concat'
}

/** Means over `side`×`side` parts of the map, as even as they can be and overlapping where they cannot (PyTorch's AdaptiveAvgPool2d). */
export interface AdaptiveAveragePool extends Common {
  readonly kind: 'adaptiveAveragePool'
  readonly side: number
}

/** Mean over height and width: [C, H, W] → [C]. */
export interface GlobalAveragePool extends Common {
  readonly kind: 'globalAveragePool'
}

/** Each channel of the first input, C×H×W, times its number of the second, C (Hu et al. 2018, eq. 4). */
export interface ScaleChannels extends Common {
  readonly kind: 'scaleChannels'
}

export type Layer =
  | Convolution
  | Linear
  | MaxPool
  | AveragePool
  | AdaptiveAveragePool
  | LocalResponseNorm
  | BatchNorm
  | Dropout
  | Relu
  | Sigmoid
  | Flatten
  | Add
  | Concat
  | GlobalAveragePool
  | ScaleChannels

/** A layer whose output is scored: the classifier itself has weight 1, an auxiliary one less (GoogLeNet: 0.3). */
export interface Output {
  readonly layer: string
  readonly role: 'logits' | 'auxiliary'
  readonly lossWeight: number
}

export interface Network {
  /** Name of its configuration: `A`, `D`, `alexnet`. */
  readonly name: string
  /** Display text: `VGG A`, `AlexNet`. */
  readonly title: string
  /** Channels, height, width of the crop it was built for. */
  readonly input: readonly [number, number, number]
  readonly classes: number
  /** In topological order. */
  readonly layers: readonly Layer[]
  /** Exactly one with role `logits`. */
  readonly outputs: readonly Output[]
}
