import { elementCount } from '../base/tensor.ts'
import type { Split as ImageSplit } from '../dataset/types.ts'
import {
  expectedSeconds,
  overheadIn,
  type Overhead,
  type ComputeTarget,
  type ObservedSpeed,
  type StepKind,
} from '../engine/selection/speeds.ts'
import { forwardCost, stepCost } from '../engine/selection/stepCost.ts'
import type { EngineName } from '../engine/types.ts'
import { parameters } from '../network/parameters.ts'
import type { Network } from '../network/types.ts'
import { checkpointSize } from './checkpointFiles.ts'
import { featurePasses } from './features/split.ts'
import { frozenLayers } from './layers.ts'
import type { Recipe } from './recipe.ts'

/** What a run's time depends on besides its recipe and its network. */
export interface DurationInput {
  readonly images: Pick<Readonly<Record<ImageSplit, number>>, 'train' | 'validation'>
  readonly target: ComputeTarget
  /** Images of a micro-batch. */
  readonly microBatch: number
  /** Threads of the engine. */
  readonly threads: number
  /** Pixels of an image in its file, in the mean; default: a photo of 500×375. */
  readonly pixels?: number | undefined
  /** What the machine has shown. */
  readonly speeds: readonly ObservedSpeed[]
}

/** Seconds for an image or an epoch, as a run is expected to take them. */
export interface ExpectedPace {
  /** For an image, updates and reading included. */
  readonly training: number
  /** For an image. */
  readonly validation: number
  /** What else an epoch's end takes: opening the network that validates, copying the state, saving. */
  readonly epochEnd: number
}

/** Seconds of a run. */
export interface Duration {
  /** Until its first update: its process, its engine, its graph, and what has to be computed or decoded once. */
  readonly start: number
  readonly training: number
  readonly validation: number
  /** Epochs' ends: checkpoints, opening the network that validates. */
  readonly saving: number
  readonly total: number
  /** An epoch in the mean, with its validation and its end. */
  readonly epoch: number
}

const photo = 500 * 375
/**
 * Seconds of two cores for a pixel that is decoded, or cut (`vgg-studio bench pipeline-first-224`), and for a file: that is
 * found, decoded and kept once, or cut.
 */
const reading = { decode: 5.3e-9, crop: 5.2e-9, file: 1e-4, firstFile: 1e-3 }
/**
 * Seconds of two cores that augmentation adds for a pixel of a crop (`node test/bench/augmentationCost.ts`); blur for each pixel
 * of its deviation. Erasing costs nothing.
 */
const augmenting = {
  ...{ resized: 1.1e-9, rotation: 1.6e-8, brightness: 5e-9, contrast: 6.6e-9, saturation: 4.4e-9 },
  ...{ blur: 1.2e-8, mixup: 2.6e-9 },
}
/** Seconds of the processes that prepare a run, until its own begins. */
const processes = 1.4
/** Seconds of a run's process before it has a network: its engine is loaded, devices are looked for. */
const opening: Readonly<Record<EngineName, number>> = { onnxruntime: 1, tensorflow: 0.8 }
/** Seconds for a layer of a graph that is made for training, until it has trained and validated for the first time. */
const compiling: Readonly<Record<EngineName, number>> = { onnxruntime: 0.013, tensorflow: 0.022 }
/** Seconds for each tensor of weights, and for each two of them, of a graph that is made for prediction. */
const openingPredictor: Readonly<Record<EngineName, readonly [each: number, pair: number]>> = {
  onnxruntime: [0.0005, 0],
  tensorflow: [0.004, 4.5e-5],
}
/** Bytes a second that a checkpoint is made and written with, that weights are made or copied with, and that a predictor is given. */
const [written, copied, given] = [540e6, 1e9, 170e6]
/** Seconds of writing any file so that it lasts. */
const kept = 0.03
/** Checkpoints that an epoch's end writes in the mean: the last, and now and then the best. */
const checkpointsAnEpoch = 1.4

/** What a run of a recipe is expected to take, by what the machine has shown. */
export function estimateDuration(network: Network, recipe: Recipe, input: DurationInput): Duration {
  const { epochs } = recipe.optimization
  const { train, validation } = input.images
  const pace = expectedPace(network, recipe, input)
  const once = featurePasses(network, recipe, input.images)
  const start =
    overheadIn(input.speeds, input.target, 'start') *
      (processes + typicalOverhead(network, recipe, input).start) +
    (once ?? 0) * pace.validation
  // On features that are computed once an epoch takes moments.
  const share = once === null ? 1 : 0
  const times = {
    training: share * epochs * train * pace.training,
    validation: share * epochs * validation * pace.validation,
    saving: epochs * pace.epochEnd,
  }
  const each = times.training + times.validation + times.saving
  return { start, ...times, total: start + each, epoch: (each + (once ?? 0) * pace.validation) / epochs }
}

export function expectedPace(network: Network, recipe: Recipe, input: DurationInput): ExpectedPace {
  const { target, speeds } = input
  const { training, validation } = stepsOf(network, recipe, input)
  const pixels = recipe.data.crop ** 2
  const slower = overheadIn(speeds, target, 'start')
  const cutting = slower * (reading.crop * pixels + reading.file)
  const augmented = cutting + slower * pixels * augmentationSeconds(recipe.data)
  return {
    training: beside(target, expectedSeconds(speeds, target, training), augmented),
    // Validation computes in fp32.
    validation: beside(
      target,
      expectedSeconds(speeds, { ...target, precision: 'fp32' }, validation),
      cutting,
    ),
    epochEnd: overheadIn(speeds, target, 'epochEnd') * typicalOverhead(network, recipe, input).epochEnd,
  }
}

/** For a pixel of a crop, beyond what a plain crop takes. */
function augmentationSeconds(data: Recipe['data']): number {
  const drawn = ['rotation', 'brightness', 'contrast', 'saturation', 'mixup'] as const
  const distorted = drawn.reduce((sum, name) => sum + (data[name] > 0 ? augmenting[name] : 0), 0)
  return distorted + augmenting.blur * data.blur + (data.crops === 'resized' ? augmenting.resized : 0)
}

/** What a run trains with, and what it validates with (in fp32). */
export function stepsOf(
  network: Network,
  { optimization }: Recipe,
  { microBatch: images, threads }: Pick<DurationInput, 'microBatch' | 'threads'>,
): { readonly training: StepKind; readonly validation: StepKind } {
  const { batchSize } = optimization
  return {
    training: { images, batchSize, threads, work: stepCost(network, frozenLayers(network, optimization)) },
    validation: { images, batchSize: images, threads, work: forwardCost(network) },
  }
}

/** Seconds that a run typically takes besides its steps once its process is there, on the machine that the figures above are of. */
export function typicalOverhead(
  network: Network,
  recipe: Recipe,
  { target: { engine }, images, pixels = photo }: Pick<DurationInput, 'target' | 'images' | 'pixels'>,
): Overhead {
  const { length: layers } = network.layers
  const all = parameters(network)
  const bytes = checkpointSize(network)
  const weights = 4 * all.reduce((sum, { shape }) => sum + elementCount(shape), 0)
  const decoding = reading.firstFile + reading.decode * Math.min(pixels, 16 * recipe.data.scale.max ** 2)
  const { train, validation } = images
  const [each, pair] = openingPredictor[engine]
  return {
    start: opening[engine] + compiling[engine] * layers + weights / given + decoding * (train + validation),
    epochEnd:
      each * all.length +
      pair * all.length ** 2 +
      weights / given +
      kept +
      (checkpointsAnEpoch * bytes) / written +
      bytes / copied,
  }
}

/** Cores that compute also read images; a GPU does not wait for them unless they take longer. */
const beside = ({ device }: ComputeTarget, step: number, read: number): number =>
  device === 'cpu' ? step + read : Math.max(step, read)
