import type { Tensor } from '../../base/tensor.ts'
import { openSensitivity } from '../../engine/onnxruntime/sensitivity.ts'
import { gradCam } from '../../evaluation/gradCam.ts'
import { describeProtocol, parseProtocol } from '../../evaluation/protocol.ts'
import { encodePng, encodeTint } from '../../image/encode.ts'
import type { RgbImage } from '../../image/types.ts'
import { layerShapes } from '../../network/shapes.ts'
import type { Network } from '../../network/types.ts'
import { networkUpTo } from '../../network/upTo.ts'
import type { Normalization, View } from '../../pipeline/types.ts'
import type { Id } from '../../registry/types.ts'
import { modelOf, openCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'
import { loadImage } from './activations.ts'

export interface HeatMapInput {
  readonly run: string
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** Absolute path of an image file. */
  readonly image: string
  /** Name of a layer; default: the last convolution. */
  readonly layer?: string | undefined
  /** Index of the class that is explained; default: the predicted one. */
  readonly explained?: number | undefined
}

/** Grad-CAM of one class for one image, seen as in validation: its middle. */
export interface HeatMapResult {
  readonly run: Id
  readonly checkpoint: string
  readonly layer: string
  /** All layers that it can be made at, in network order. */
  readonly layers: readonly { readonly name: string; readonly label: string }[]
  readonly explained: number
  readonly predicted: number
  /** Probability of the explained class, 0–1. */
  readonly probability: number
  readonly protocolText: string
  /** Width of the map, numbers. */
  readonly width: number
  readonly height: number
  /** Greatest number of the map; 0: nothing in this layer speaks for the class. */
  readonly greatest: number
  /** PNG: what the network saw, a pixel for each number. */
  readonly seen: Uint8Array
  /** PNG of the map’s size: one color, as opaque as the map is great, opaque at its greatest. */
  readonly heat: Uint8Array
}

/** Okabe–Ito’s vermilion. */
export const tint = [213, 94, 0] as const

/** Computed by ONNX Runtime on the CPU in 32-bit floats. @throws StudioError `not-found` for a layer that does not exist */
export async function heatMap(context: JobContext, input: HeatMapInput): Promise<HeatMapResult> {
  const run = context.registry.runs.get(input.run)
  const { kind, checkpoint } = await openCheckpoint(context, run, input.checkpoint)
  const { network, weights, normalization } = modelOf(checkpoint)
  const layers = explainable(network)
  const layer = input.layer ?? layers.findLast((one) => one.isConvolution)!.name
  const protocol = parseProtocol({}, checkpoint.recipe.data)
  const { crop, mode, scales } = protocol
  const view: View = { kind: 'center', scale: scales[0]!, crop, mode }
  const images = await loadImage(input.image, view, normalization)
  const sensitivity = await openSensitivity(network, weights, layer)
  try {
    const seeds = (explained: number): Tensor => ({
      shape: [1, network.classes],
      data: Float32Array.from({ length: network.classes }, (_, index) => Number(index === explained)),
    })
    // Which class is predicted is known after a first run.
    const asked = input.explained
    const first = await sensitivity.run(images, seeds(asked ?? 0))
    const predicted = highest(first.logits.data)
    const explained = asked ?? predicted
    const { activation, gradient } =
      asked === undefined ? await sensitivity.run(images, seeds(predicted)) : first
    const { width, height, values } = gradCam(activation, gradient)
    const greatest = values.reduce((most, value) => Math.max(most, value), 0)
    const alpha = Uint8Array.from(values, (value) =>
      greatest > 0 ? Math.round((255 * value) / greatest) : 0,
    )
    return {
      run: run.id,
      checkpoint: kind,
      layer,
      layers: layers.map(({ name, label }) => ({ name, label })),
      explained,
      predicted,
      probability: softmax(first.logits.data)[explained]!,
      protocolText: describeProtocol(protocol),
      ...{ width, height, greatest },
      seen: await encodePng(pictureOf(images, normalization)),
      heat: await encodeTint(alpha, { width, height }, tint),
    }
  } finally {
    await sensitivity.dispose()
  }
}

/** Layers with maps that the logits come from. */
function explainable(network: Network) {
  const shapes = layerShapes(network)
  const logits = network.outputs.find(({ role }) => role === 'logits')!.layer
  return networkUpTo(network, logits)
    .layers.filter(({ name }) => shapes.get(name)?.length === 3)
    .map(({ name, label, kind }) => ({ name, label, isConvolution: kind === 'convolution' }))
}

const highest = (values: Float32Array): number =>
  values.reduce((best, value, index) => (value > values[best]! ? index : best), 0)

function softmax(logits: Float32Array): readonly number[] {
  const most = Math.max(...logits)
  const exponentials = Array.from(logits, (value) => Math.exp(value - most))
  const sum = exponentials.reduce((all, one) => all + one, 0)
  return exponentials.map((one) => one / sum)
}

/** The levels of an image that was normalized. */
function pictureOf({ shape, data }: Tensor, { mean, std }: Normalization): RgbImage {
  const [, , height, width] = shape as [number, number, number, number]
  const plane = width * height
  const levels = Uint8Array.from({ length: 3 * plane }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / 3), at % 3]
    return Math.max(
      0,
      Math.min(255, Math.round(data[channel * plane + pixel]! * std[channel]! + mean[channel]!)),
    )
  })
  return { width, height, data: levels }
}
