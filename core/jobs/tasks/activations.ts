import type { ErrorFact } from '../../base/errors.ts'
import { errorOf } from '../../base/errors.ts'
import type { Tensor } from '../../base/tensor.ts'
import { executionOf, type Execution } from '../../engine/execution.ts'
import { findEngine } from '../../engine/index.ts'
import type { Predictor } from '../../engine/types.ts'
import { describeProtocol, parseProtocol } from '../../evaluation/protocol.ts'
import {
  tileRanges,
  wholeRange,
  type NumberRange,
  type TileNormalization,
  type Tiles,
} from '../../image/tiles.ts'
import { layerShapes } from '../../network/shapes.ts'
import type { Network, Shape } from '../../network/types.ts'
import { networkUpTo } from '../../network/upTo.ts'
import { openLoader } from '../../pipeline/loader.ts'
import type { Normalization, View } from '../../pipeline/types.ts'
import type { Id } from '../../registry/types.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import { modelOf, openCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'

export interface ActivationsInput {
  readonly run: string
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** Absolute path of an image file. */
  readonly image: string
  /** Name of a layer, or `input` for what the network sees. */
  readonly layer: string
  readonly normalization: TileNormalization
  /** As the network has its channels, or those that respond most (by their mean) first. */
  readonly order: 'network' | 'mean'
  /** Channels of that order: the first, and how many at most; fewer where they would be too many pixels. */
  readonly offset: number
  readonly limit: number
}

/** What a layer answers to one image, seen as in validation: its middle. */
export interface Activations {
  readonly run: Id
  readonly checkpoint: string
  readonly layer: string
  /** Shape of the layer's output. */
  readonly shape: Shape
  readonly protocolText: string
  readonly execution: Execution
  /** Channels of the whole layer; of a vector, its numbers. */
  readonly channels: number
  /** The least and the greatest number of the whole layer. */
  readonly range: NumberRange
  /** The channels that were asked for, in their order. */
  readonly shown: readonly ChannelFacts[]
  /** All channels' maps, and what their levels are made from. */
  readonly tiles: Tiles
  readonly ranges: readonly NumberRange[]
}

export interface ChannelFacts extends NumberRange {
  /** From 0, as the network has it. */
  readonly channel: number
  readonly mean: number
}

/** Numbers on one page: 64 maps of 224 × 224 fit. */
const mostPixels = 4_000_000

interface Opened {
  readonly key: string
  readonly kind: string
  readonly checkpoint: Checkpoint
  readonly network: Network
  readonly predictor: { readonly layer: string; readonly opened: Promise<Predictor> } | null
}

export interface Insides {
  /** @throws StudioError `not-found` for a layer that does not exist, and what is wrong with the image */
  activations(input: ActivationsInput): Promise<Activations>
}

/**
 * Looks into a network for a person who walks from layer to layer: the last checkpoint stays open, and the part of its
 * network up to the last layer. Computed by ONNX Runtime on the CPU in 32-bit floats, whatever the run was trained by.
 * Calls do not overlap.
 */
export function openInsides(context: JobContext): Insides {
  const engine = findEngine('onnxruntime')
  let opened: Opened | undefined

  async function open({ run: reference, checkpoint: wanted }: ActivationsInput): Promise<Opened> {
    const run = context.registry.runs.get(reference)
    // A run that trains meanwhile saves new ones: their rows change.
    const key = JSON.stringify([run.id, wanted, context.registry.checkpoints.list(run.id)])
    if (opened?.key === key) return opened
    await closePredictor()
    opened = undefined
    const { kind, checkpoint } = await openCheckpoint(context, run, wanted)
    const { network } = modelOf(checkpoint)
    return (opened = { key, kind, checkpoint, network, predictor: null })
  }

  async function closePredictor(): Promise<void> {
    const before = await opened?.predictor?.opened.catch(() => undefined)
    await before?.dispose()
  }

  async function outputOf(layer: string, images: Tensor): Promise<Tensor> {
    const { checkpoint, network, predictor: last } = opened!
    if (layer === 'input') return images
    if (last?.layer !== layer) {
      const part = networkUpTo(network, layer)
      await closePredictor()
      const next = engine.predictor(part, checkpoint.state.weights)
      opened = { ...opened!, predictor: { layer, opened: next } }
      next.catch(() => (opened = opened && { ...opened, predictor: null }))
    }
    return (await opened!.predictor!.opened).logits(images)
  }

  return {
    async activations(input) {
      const { layer, image, normalization, order, offset, limit } = input
      const { kind, checkpoint, network } = await open(input)
      const protocol = parseProtocol({}, checkpoint.recipe.data)
      const view: View = {
        kind: 'center',
        scale: protocol.scales[0]!,
        crop: protocol.crop,
        mode: protocol.mode,
      }
      const images = await loadImage(image, view, checkpoint.normalization)
      const { data } = await outputOf(layer, images)
      const shape = layer === 'input' ? network.input : layerShapes(network).get(layer)!
      const [channels, height = 1, width = 1] = shape
      const tiles: Tiles = { values: data, count: channels, planes: 1, width, height }
      const own = tileRanges(tiles)
      const range = wholeRange(own)
      const facts = own.map((one, channel) => ({
        channel,
        ...one,
        mean: meanOf(data, channel, width * height),
      }))
      const ordered = order === 'mean' ? facts.toSorted((a, b) => b.mean - a.mean) : facts
      const most = Math.max(1, Math.min(limit, Math.floor(mostPixels / (width * height))))
      return {
        run: context.registry.runs.get(input.run).id,
        checkpoint: kind,
        layer,
        shape,
        protocolText: describeProtocol(protocol),
        execution: executionOf(engine, {}),
        channels,
        range,
        shown: ordered.slice(offset, offset + most),
        tiles,
        ranges: normalization === 'each' ? own : own.map(() => range),
      }
    },
  }
}

/** One image as the network gets it, 1×3×H×W. @throws StudioError what is wrong with the file */
export async function loadImage(path: string, view: View, normalization: Normalization): Promise<Tensor> {
  const loader = openLoader({ items: [{ path, label: 0 }], normalization, threads: 1 })
  try {
    for await (const { images, failures } of loader.views({ view, microBatch: 1 })) {
      const [failure] = failures
      if (failure) throw errorOf(failure.reason satisfies ErrorFact)
      return { shape: images.shape, data: images.data.slice() }
    }
    throw new Error(`${path} was not loaded`)
  } finally {
    await loader.dispose()
  }
}

function meanOf(values: Float32Array, channel: number, size: number): number {
  let sum = 0
  for (let at = channel * size; at < (channel + 1) * size; at++) sum += values[at]!
  return sum / size
}
