import type { StoredTensor } from '../readers/types.ts'
import { kerasLayout, type Naming, type Part, type SourceLayer } from './types.ts'

/** Keras' names of a layer's tensors. */
const partNames: Readonly<Record<string, Part>> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
}

/**
 * Names of Keras Applications (`block1_conv1/kernel`, `fc1`, `fc2`, `predictions`); models of one's own have layers by
 * number, which come in the order in which they were made.
 */
export const kerasNaming: Naming = ({ tensors }) => {
  const found = new Map<string, Record<string, StoredTensor>>()
  for (const [name, tensor] of tensors) {
    const end = name.lastIndexOf('/')
    const part = partNames[name.slice(end + 1)]
    if (!part) continue
    const layer = name.slice(0, end)
    found.set(layer, { ...found.get(layer), [part]: tensor })
  }
  const layers = [...found].flatMap(([name, { weight, ...others }]): SourceLayer[] =>
    weight ? [{ name, tensors: { weight, ...others }, layout: kerasLayout, pools: null }] : [],
  )
  const ofRank = (rank: number): SourceLayer[] =>
    layers.filter(({ tensors: { weight } }) => weight.shape.length === rank)
  const convolutions = ofRank(4)
  if (convolutions.length === 0) return null
  return { convolutions: byBlock(convolutions), norms: ofRank(1), linears: ofRank(2) }
}

/** In the order of blocks, where all layers are named so; else as they come. */
function byBlock(layers: readonly SourceLayer[]): SourceLayer[] {
  const numbers = layers.map(({ name }) => /^block(\d+)_conv(\d+)$/.exec(name))
  if (!numbers.every((found) => found !== null)) return [...layers]
  const place = ({ name }: SourceLayer): number => {
    const [, block, convolution] = /^block(\d+)_conv(\d+)$/.exec(name)!
    return Number(block) * 1000 + Number(convolution)
  }
  return [...layers].sort((a, b) => place(a) - place(b))
}
