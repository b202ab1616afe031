import type { StoredTensor } from '../readers/types.ts'

export const parts = ['weight', 'bias', 'running_mean', 'running_var'] as const
export type Part = (typeof parts)[number]

/** How a layer's `weight` lies in its file. */
export interface WeightLayout {
  /** Convolutions k×k×I×O instead of O×I×k×k, linear layers in×out instead of out×in. */
  readonly outputsLast: boolean
  /** The linear layer reads a flattened H×W×C instead of C×H×W. */
  readonly channelsLast: boolean
}

/** A layer with weights under whatever name a file has for it. */
export interface SourceLayer {
  /** As the file names it. */
  readonly name: string
  readonly tensors: Readonly<Partial<Record<Part, StoredTensor>> & { weight: StoredTensor }>
  readonly layout: WeightLayout
  /** Max poolings before it, where the file is a graph. */
  readonly pools: number | null
}

/** A network's layers with weights, each kind in the order in which they compute. */
export interface SourceLayers {
  readonly convolutions: readonly SourceLayer[]
  /** None, or one behind each convolution. */
  readonly norms: readonly SourceLayer[]
  readonly linears: readonly SourceLayer[]
}

/** One way to name layers. @returns null where a file is not named so */
export type Naming = (file: { readonly tensors: ReadonlyMap<string, StoredTensor> }) => SourceLayers | null

export const pytorchLayout: WeightLayout = { outputsLast: false, channelsLast: false }
export const kerasLayout: WeightLayout = { outputsLast: true, channelsLast: true }
