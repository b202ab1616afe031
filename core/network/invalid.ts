import { StudioError } from '../base/errors.ts'
import type { LayerFault } from '../messages/catalog.ts'
import type { Layer } from './types.ts'

/** The error of a layer that does not fit where it stands in the network. */
export function invalidLayer(layer: Pick<Layer, 'label' | 'name'>, reason: LayerFault): StudioError {
  return new StudioError('invalid-network', { what: 'layer', label: layer.label, name: layer.name, reason })
}

export const shapeText = (shape: readonly number[]): string => shape.join('×')

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index])
}
