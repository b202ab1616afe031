/** How one tensor starts. Fans are those of the layer's weight: inputs or outputs of one place, times the kernel. */
export type Distribution =
  | { readonly kind: 'zero' }
  | { readonly kind: 'normal'; readonly deviation: number }
  /** Variance `gain` / fan. */
  | { readonly kind: 'normal'; readonly gain: number; readonly fan: 'in' | 'out' }
  /** Variance 2 / (fan-in + fan-out). */
  | { readonly kind: 'glorot' }
  /** ±1 / √fan-in: what PyTorch's layers start with. */
  | { readonly kind: 'uniform' }

interface LayerStart {
  readonly weight: Distribution
  readonly bias: Distribution
}

/** How a network starts. Scales of normalization are 1 and its shifts 0, always. */
export interface InitializationScheme {
  readonly convolution: LayerStart
  readonly linear: LayerStart
  /** Layers that give outputs, where they start otherwise than the rest. */
  readonly output?: LayerStart
}

const zero: Distribution = { kind: 'zero' }
export const normal = (deviation: number): LayerStart => ({
  weight: { kind: 'normal', deviation },
  bias: zero,
})
/** He et al. 2015: keeps the variance of the signal (`in`) or of the gradient (`out`) through ReLU. */
export const he = (fan: 'in' | 'out'): LayerStart => ({
  weight: { kind: 'normal', gain: 2, fan },
  bias: zero,
})
export const glorot: LayerStart = { weight: { kind: 'glorot' }, bias: zero }
/** What PyTorch's layers start with where nobody says otherwise. */
export const moduleDefault: LayerStart = { weight: { kind: 'uniform' }, bias: { kind: 'uniform' } }
