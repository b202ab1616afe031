import type { StoredTensor } from '../readers/types.ts'
import { withoutWrappers } from './modules.ts'
import { parts, pytorchLayout, type Naming, type Part, type SourceLayer } from './types.ts'

/** timm's names for what torchvision calls classifier.0, .3 and .6. */
const timmHead: Readonly<Record<string, number>> = { 'pre_logits.fc1': 0, 'pre_logits.fc2': 3, 'head.fc': 6 }

/**
 * Names of torchvision (`features.0.weight`, `classifier.6.bias`, the numbers are places in a sequence) and timm (the
 * same features; `pre_logits.fc1`, which is a convolution there, `pre_logits.fc2`, `head.fc`).
 */
export const pytorchNaming: Naming = ({ tensors }) => {
  const features = new Map<number, Record<string, StoredTensor>>()
  const classifier = new Map<number, Record<string, StoredTensor>>()
  for (const [name, tensor] of tensors) {
    const place = positionOf(withoutWrappers(name))
    if (!place) continue
    const group = place.group === 'features' ? features : classifier
    group.set(place.number, { ...group.get(place.number), [place.part]: tensor })
  }
  const layers = layersOf('features', features)
  const convolutions = layers.filter(({ tensors: { weight } }) => weight.shape.length === 4)
  if (convolutions.length === 0) return null
  return {
    convolutions,
    norms: layers.filter(({ tensors: { weight } }) => weight.shape.length === 1),
    linears: layersOf('classifier', classifier),
  }
}

interface ModulePosition {
  readonly group: 'features' | 'classifier'
  readonly number: number
  readonly part: Part
}

function positionOf(name: string): ModulePosition | null {
  const end = name.lastIndexOf('.')
  const part = parts.find((known) => known === name.slice(end + 1))
  const layer = name.slice(0, end)
  if (!part) return null
  const timm = timmHead[layer]
  if (timm !== undefined) return { group: 'classifier', number: timm, part }
  const found = /^(features|classifier)\.(\d{1,4})$/.exec(layer)
  return found ? { group: found[1] as ModulePosition['group'], number: Number(found[2]), part } : null
}

function layersOf(group: string, found: ReadonlyMap<number, Record<string, StoredTensor>>): SourceLayer[] {
  return [...found]
    .sort(([a], [b]) => a - b)
    .flatMap(([number, { weight, ...others }]) =>
      weight
        ? [{ name: `${group}.${number}`, tensors: { weight, ...others }, layout: pytorchLayout, pools: null }]
        : [],
    )
}
