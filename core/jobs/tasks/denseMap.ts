import { errorOf, StudioError } from '../../base/errors.ts'
import { findEngine } from '../../engine/index.ts'
import { denseForm } from '../../evaluation/forms.ts'
import { softmax } from '../../evaluation/probabilities.ts'
import { parseProtocol } from '../../evaluation/protocol.ts'
import { encodePng, encodeTint } from '../../image/encode.ts'
import { denseWeights } from '../../network/dense.ts'
import { layerShapes } from '../../network/shapes.ts'
import type { Network } from '../../network/types.ts'
import { networkUpTo } from '../../network/upTo.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { normalizeWindow } from '../../pipeline/normalize.ts'
import type { Id } from '../../registry/types.ts'
import { modelOf, openCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'
import { tint } from './heatMap.ts'
import { renderedImage } from './imageViews.ts'

export interface DenseMapInput {
  readonly run: string
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** Absolute path of an image file. */
  readonly image: string
  /** Test scale Q, pixels; default: validation's. */
  readonly scale?: number | undefined
  /** Index of the class that is shown. */
  readonly explained: number
}

/** The network's answers at each place of a whole image (VGG §3.2), before they are averaged. */
export interface DenseMapResult {
  readonly run: Id
  readonly checkpoint: string
  readonly explained: number
  readonly scale: number
  /** Numbers in a row of the map, and rows; each is of a window as large as the crop. */
  readonly width: number
  readonly height: number
  /** Probability of the class at each place, row after row, 0–1. */
  readonly values: Float32Array
  /** PNG of the whole image as the network saw it. */
  readonly seen: Uint8Array
  /** PNG of the map's size: one color, opaque where the probability is 1. */
  readonly heat: Uint8Array
}

/**
 * Computed by ONNX Runtime on the CPU in 32-bit floats.
 * @throws StudioError `invalid-protocol` where the network has no such map; what is wrong with the file
 */
export async function denseMap(context: JobContext, input: DenseMapInput): Promise<DenseMapResult> {
  const run = context.registry.runs.get(input.run)
  const { kind, checkpoint } = await openCheckpoint(context, run, input.checkpoint)
  const { network, weights, normalization } = modelOf(checkpoint)
  const { scales, crop } = parseProtocol({}, checkpoint.recipe.data)
  const scale = Math.max(crop, input.scale ?? scales[0]!)
  const { images, failure } = await renderedImage(input.image, [{ mode: 'crop', scale }])
  if (failure) throw errorOf(failure)
  const image = images[0]!
  const { width, height } = image
  const map = scoreMap(network, [3, height, width])
  const trained = withoutAuxiliary(network)
  const predictor = await findEngine('onnxruntime').predictor(map.network, denseWeights(trained, weights))
  try {
    const pixels = new Float32Array(3 * width * height)
    normalizeWindow(image, { left: 0, top: 0, width, height }, false, normalization, pixels)
    const { data } = await predictor.logits({ shape: [1, 3, height, width], data: pixels })
    const values = probabilitiesOf(data, map.width * map.height, input.explained)
    const alpha = Uint8Array.from(values, (value) => Math.round(255 * value))
    return {
      run: run.id,
      checkpoint: kind,
      explained: input.explained,
      scale,
      ...{ width: map.width, height: map.height, values },
      seen: await encodePng(image),
      heat: await encodeTint(alpha, map, tint),
    }
  } finally {
    await predictor.dispose()
  }
}

/** The dense network up to its map of class scores, for images of this size. */
function scoreMap(
  trained: Network,
  input: Network['input'],
): { readonly network: Network; readonly width: number; readonly height: number } {
  const dense = { ...denseForm(trained, 'dense'), input }
  const logits = dense.outputs.find(({ role }) => role === 'logits')!.layer
  const last = dense.layers.find(({ name }) => name === logits)!
  const scores = last.inputs[0]!
  const shape = layerShapes(dense).get(scores)!
  // Networks that average their maps before they tell classes apart have no map of scores.
  if (last.kind !== 'globalAveragePool' || shape.length !== 3)
    throw new StudioError('no-score-map', { network: trained.title })
  return { network: networkUpTo(dense, scores), width: shape[2], height: shape[1] }
}

/** @param scores classes × places @returns of one class at each place */
function probabilitiesOf(scores: Float32Array, places: number, label: number): Float32Array {
  const classes = scores.length / places
  const byPlace = new Float32Array(scores.length)
  for (let place = 0; place < places; place++)
    for (let one = 0; one < classes; one++) byPlace[place * classes + one] = scores[one * places + place]!
  const { data } = softmax({ shape: [places, classes], data: byPlace })
  return Float32Array.from({ length: places }, (_, place) => data[place * classes + label]!)
}
