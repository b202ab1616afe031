/** Kinds of files that weights come in. */
export type WeightsFormat =
  'safetensors' | 'pytorch-legacy' | 'pytorch-zip' | 'pytorch-tar' | 'keras-h5' | 'keras-3' | 'onnx'

/** Types of values that files hold; `other` ones (whole numbers, text) are known by size, and never read as weights. */
export type FloatType = 'F64' | 'F32' | 'F16' | 'BF16'

/** A tensor in a file: described here, and read only on demand. */
export interface StoredTensor {
  /** As the file names it. */
  readonly name: string
  readonly shape: readonly number[]
  readonly type: FloatType | 'other'
  /**
   * Values of the rows from ≤ row < to along the first axis, last dimension fastest, as 32-bit floats. A tensor
   * without axes is one row.
   * @throws StudioError `invalid-weights`, `unsupported-dtype`
   */
  rows(from: number, to: number): Promise<Float32Array>
}

/**
 * How a file's layers lay out their values. `pytorch`: convolutions O×I×k×k, linear layers out×in, flattened from
 * C×H×W. `keras`: k×k×I×O, in×out, flattened from H×W×C.
 */
export type Layout = 'pytorch' | 'keras'

/** One layer with weights, as found in a graph: ONNX names say nothing, its place does. */
export interface GraphLayer {
  readonly kind: 'convolution' | 'batchNorm' | 'linear'
  readonly tensors: Readonly<Record<string, StoredTensor>>
  /** Linear layers whose matrix is in×out. */
  readonly transposed: boolean
  /** The linear layer reads a flattened H×W×C. */
  readonly channelsLast: boolean
  /** Max poolings before it. */
  readonly pools: number
}

/** An opened file. The caller that opened it closes it; tensors can be read until then. */
export interface WeightsFile {
  readonly path: string
  readonly format: WeightsFormat
  readonly layout: Layout
  /** By the file's own names, in its order. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** Text that came with them: safetensors' `__metadata__`, ONNX' `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>
  /** Where the file is a graph: its layers in the order in which they compute, from the input on. */
  readonly graph: readonly GraphLayer[] | null
  close(): Promise<void>
}

export function rowCount(shape: readonly number[]): number {
  return shape[0] ?? 1
}

/** Values of one row. */
export function rowSize(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, size) => product * size, 1)
}
