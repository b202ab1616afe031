import { StudioError } from '../base/errors.ts'
import type { LayerFault } from '../messages/catalog.ts'
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
    if (shapes.has(layer.name)) throw invalidLayer(layer, { code: 'name-used-twice', values: {} })
    shapes.set(layer.name, factsOf(layer).outputShape(layer, inputShapes(layer, shapes)))
  }
  checkOutputs(network, shapes)
  return shapes
}

/** Shapes of the layer's inputs, in order, out of what layerShapes returns. */
export function inputShapes(layer: Layer, shapes: ReadonlyMap<string, Shape>): Shape[] {
  return layer.inputs.map((name) => {
    const shape = shapes.get(name)
    if (shape === undefined) throw invalidLayer(layer, { code: 'input-not-before', values: { input: name } })
    return shape
  })
}

function checkOutputs(network: Network, shapes: ReadonlyMap<string, Shape>): void {
  const refuse = (reason: LayerFault): never => {
    throw new StudioError('invalid-network', { what: 'network', name: network.name, reason })
  }
  const count = network.outputs.filter(({ role }) => role === 'logits').length
  if (count !== 1) refuse({ code: 'outputs-not-one', values: { count } })
  for (const { layer } of network.outputs) {
    const shape = shapes.get(layer)
    if (shape === undefined) return refuse({ code: 'output-no-layer', values: { layer } })
    if (!sameShape(shape, [network.classes])) {
      refuse({
        code: 'output-not-scores',
        values: { layer, shape: shapeText(shape), classes: network.classes },
      })
    }
  }
}
