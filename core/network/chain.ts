import type { Layer } from './types.ts'

type WithoutInputs<L> = L extends Layer ? Omit<L, 'inputs'> : never

/** A layer of a chain. */
export type Link = WithoutInputs<Layer>

/** Each layer takes what the one before it gives. */
export function chain(links: readonly Link[], from = 'input'): Layer[] {
  return links.map((link, index) => ({ ...link, inputs: [links[index - 1]?.name ?? from] }))
}

/** A convolution with ReLU behind it; the caller leaves out the bias where normalization follows. */
export function convolution(
  name: string,
  label: string,
  outChannels: number,
  kernel: number,
  {
    stride = 1,
    padding = (kernel - 1) / 2,
    bias = true,
  }: { stride?: number; padding?: number; bias?: boolean } = {},
): Extract<Link, { kind: 'convolution' }> {
  return { kind: 'convolution', name, label, outChannels, kernel, stride, padding, groups: 1, bias }
}

/** PyTorch's constants, unless another epsilon is given. */
export const batchNorm = (
  name: string,
  label: string,
  epsilon = 1e-5,
): Extract<Link, { kind: 'batchNorm' }> => ({
  kind: 'batchNorm',
  name,
  label,
  epsilon,
  momentum: 0.1,
})

export const relu = (name: string, label: string): Link => ({ kind: 'relu', name, label })

export const linear = (name: string, label: string, outFeatures: number): Link => ({
  kind: 'linear',
  name,
  label,
  outFeatures,
  bias: true,
})

/** A dropout layer, or none at rate 0. */
export const dropoutLinks = (name: string, label: string, rate: number): Link[] =>
  rate === 0 ? [] : [{ kind: 'dropout', name, label, rate }]

export const maxPool = (
  name: string,
  label: string,
  kernel: number,
  stride: number,
  { padding = 0, ceilMode = false }: { padding?: number; ceilMode?: boolean } = {},
): Link => ({ kind: 'maxPool', name, label, kernel, stride, padding, ceilMode })

/** AlexNet's constants (§3.3). */
export const responseNorm = (name: string, label: string): Link => ({
  kind: 'localResponseNorm',
  name,
  label,
  ...{ size: 5, alpha: 1e-4, beta: 0.75, k: 2 },
})
