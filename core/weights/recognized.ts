import type { NetworkOptions } from '../network/architectures/index.ts'
import type { Part, SourceLayer } from './naming/types.ts'
import type { StoredTensor } from './readers/types.ts'

/** A tensor of the network, and where in the file it comes from. */
export interface MappedTensor {
  /** Canonical: `features.0.weight`. */
  readonly name: string
  readonly shape: readonly number[]
  readonly part: Part
  readonly source: StoredTensor
  readonly layer: SourceLayer
  /** Whether the layer stands behind the last map. */
  readonly isHead: boolean
  /** Channels and side of what a linear layer reads flattened; null for all others. */
  readonly flattened: { readonly channels: number; readonly side: number } | null
}

/** `modules`: by the names of the network’s own layers. All others go by the order of layers. */
export type NamingName = 'modules' | 'pytorch' | 'keras' | 'caffe' | 'graph'

/** What a file's weights are. */
export interface Recognized {
  readonly naming: NamingName
  /** Without a head of ours, its classes are 2 and its other layers as wide as usual: nothing was there to tell. */
  readonly network: NetworkOptions
  /** Tensors of the convolutions, and of the head where the family has such a one. */
  readonly tensors: readonly MappedTensor[]
  /** `foreign`: there are layers behind the convolutions, but not as the family's. */
  readonly classifier: 'present' | 'absent' | 'foreign'
}
