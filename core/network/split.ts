import { elementCount } from '../base/tensor.ts'
import { parameters } from './parameters.ts'
import { layerShapes } from './shapes.ts'
import type { Layer, Network } from './types.ts'
import { withoutAuxiliary } from './withoutAuxiliary.ts'

/** A network cut in two, where all that learns stands behind the cut. */
export interface Split {
  /** Up to the cut, flattened: what it gives as logits are the features, N×F. */
  readonly trunk: Network
  /** The rest, with the features as its input. Layers keep their names. */
  readonly head: Network
  /** The layer whose output the features are. */
  readonly layer: string
}

/**
 * Cuts a network where its head begins, as late as nothing before the cut learns or is random while training. Auxiliary
 * classifiers are on neither side: what they would teach does not learn.
 *
 * @param frozen names of layers whose parameters stay as they are
 * @returns null where something before the head learns
 */
export function splitHead(whole: Network, frozen: ReadonlySet<string>): Split | null {
  const network = withoutAuxiliary(whole)
  const learning = new Set(parameters(network).map(({ layer }) => layer))
  const changes = ({ kind, name }: Layer): boolean =>
    kind === 'dropout' || (learning.has(name) && !frozen.has(name))
  const { layers } = network
  const first = layers.findIndex(changes)
  const length = cleanCut(layers, first === -1 ? layers.length : first)
  const [before, behind] = [layers.slice(0, length), layers.slice(length)]
  if (!before.some(({ name }) => learning.has(name))) return null
  if (behind.length === 0 || behind.some(({ kind }) => kind === 'convolution')) return null
  const { name: layer, label } = before.at(-1)!
  const shape = layerShapes(network).get(layer)!
  const features = elementCount(shape)
  const flat = `${layer}.flat`
  const flatten = { kind: 'flatten', label: 'features' } as const
  const renamed = (name: string): string => (name === layer ? 'input' : name)
  const isMap = shape.length === 3
  return {
    layer,
    trunk: {
      ...network,
      classes: features,
      layers: [...before, { ...flatten, name: flat, inputs: [layer] }],
      outputs: [{ layer: flat, role: 'logits', lossWeight: 1 }],
    },
    head: {
      ...network,
      input: isMap ? shape : [features, 1, 1],
      layers: isMap
        ? behind.map((one) => ({ ...one, inputs: one.inputs.map(renamed) }))
        : [{ ...flatten, name: layer, label, inputs: ['input'] }, ...behind],
    },
  }
}

/** The last place, `most` at most, that one value alone crosses. */
function cleanCut(layers: readonly Layer[], most: number): number {
  for (let length = most; length > 0; length--) {
    const before = new Set(['input', ...layers.slice(0, length).map(({ name }) => name)])
    const crossing = layers.slice(length).flatMap(({ inputs }) => inputs.filter((name) => before.has(name)))
    if (crossing.every((name) => name === layers[length - 1]!.name)) return length
  }
  return 0
}
