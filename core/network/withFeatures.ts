import { elementCount } from '../base/tensor.ts'
import { layerShapes } from './shapes.ts'
import type { Network } from './types.ts'
import { withoutAuxiliary } from './withoutAuxiliary.ts'

export interface FeatureNetwork {
  /** What it gives for an image: the classes' logits, then the features. */
  readonly network: Network
  readonly classes: number
  /** Numbers of an image's features. */
  readonly size: number
}

/** A trained network that also says what its last layer makes the logits from: the features of an image. */
export function withFeatures(trained: Network): FeatureNetwork {
  const network = withoutAuxiliary(trained)
  const [logits] = network.outputs as [Network['outputs'][number]]
  const [features] = network.layers.find(({ name }) => name === logits.layer)!.inputs as [string]
  const size = elementCount(layerShapes(network).get(features)!)
  const [flat, joined] = [`${features}.flat`, `${logits.layer}.features`]
  return {
    classes: network.classes,
    size,
    network: {
      ...network,
      classes: network.classes + size,
      layers: [
        ...network.layers,
        { kind: 'flatten', name: flat, label: 'features', inputs: [features] },
        { kind: 'concat', name: joined, label: 'logits and features', inputs: [logits.layer, flat] },
      ],
      outputs: [{ layer: joined, role: 'logits', lossWeight: 1 }],
    },
  }
}
