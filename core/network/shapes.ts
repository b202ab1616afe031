import { StudioError } from '../base/errors.ts'
import { invalidLayer, sameShape, shapeText } from './invalid.ts'
import { factsOf } from './layers.ts'
import type { Layer, Network, Shape } from './types.ts'

/**
 * Output shape of each layer for one image, in network order, `input` first.
 *
 * @throws StudioError `invalid-network` naming the layer: a name used twice, an input that is not earlier in the list,
 * shapes that do not fit, a map smaller than the kernel, or outputs that are not scores of the classes.
 */
export function layerShapes(network: Network): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>([['input', network.input]])
  for (const layer of network.layers) {
    if (shapes.has(layer.name)) throw invalidLayer(layer, 'its name is used twice')
    shapes.set(layer.name, factsOf(layer).outputShape(layer, inputShapes(layer, shapes)))
  }
  checkOutputs(network, shapes)
  return shapes
}

/** Shapes of the layer's inputs, in order, out of what layerShapes returns. */
export function inputShapes(layer: Layer, shapes: ReadonlyMap<string, Shape>): Shape[] {
  return layer.inputs.map((name) => {
    const shape = shapes.get(name)
    if (shape === undefined) throw invalidLayer(layer, `its input ${name} is not a layer before it`)
    return shape
  })
}

function checkOutputs(network: Network, shapes: ReadonlyMap<string, Shape>): void {
  const refuse = (reason: string): never => {
    throw new StudioError('invalid-network', { what: 'network', name: network.name, reason })
  }
  const count = network.outputs.filter(({ role }) => role === 'logits').length
  if (count !== 1) refuse(`it has ${count} outputs with the role logits instead of one`)
  for (const { layer } of network.outputs) {
    const shape = shapes.get(layer)
    if (shape === undefined) return refuse(`its output ${layer} is not one of its layers`)
    if (!sameShape(shape, [network.classes])) {
      refuse(
        `its output ${layer} is ${shapeText(shape)} instead of one score for each of ${network.classes} classes`,
      )
    }
  }
}
