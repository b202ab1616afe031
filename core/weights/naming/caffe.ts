import type { StoredTensor } from '../readers/types.ts'
import { pytorchLayout, type Naming, type Part, type SourceLayer } from './types.ts'

/**
 * Names of Oxford's Caffe models, as converters leave them: `conv1_1.weight`, `conv1_1_w_0`, `conv1_1/weights`,
 * `features.conv1_1.weight`, `fc6.bias`. Values lie as in PyTorch, which took them from there.
 */
const pattern =
  /(?:^|[./])(conv(\d)_(\d)|fc([678]))(?:_\d)?[._/](weights?|biases|bias|w|b|kernel)(?:_0)?(?::0)?$/i

export const caffeNaming: Naming = ({ tensors }) => {
  const convolutions = new Map<number, Record<string, StoredTensor>>()
  const linears = new Map<number, Record<string, StoredTensor>>()
  for (const [name, tensor] of tensors) {
    const [, , group, place, fc, what] = pattern.exec(name) ?? []
    if (what === undefined) continue
    const part: Part = /^b/i.test(what) ? 'bias' : 'weight'
    const layers = fc === undefined ? convolutions : linears
    const number = fc === undefined ? Number(group) * 10 + Number(place) : Number(fc)
    layers.set(number, { ...layers.get(number), [part]: tensor })
  }
  if (convolutions.size === 0) return null
  return { convolutions: inOrder(convolutions), norms: [], linears: inOrder(linears) }
}

function inOrder(found: ReadonlyMap<number, Record<string, StoredTensor>>): SourceLayer[] {
  return [...found]
    .sort(([a], [b]) => a - b)
    .flatMap(([number, { weight, ...others }]) => {
      const name = number < 10 ? `fc${number}` : `conv${Math.floor(number / 10)}_${number % 10}`
      return weight ? [{ name, tensors: { weight, ...others }, layout: pytorchLayout, pools: null }] : []
    })
}
