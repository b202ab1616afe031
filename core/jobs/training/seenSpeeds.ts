import type { Overhead, ObservedSpeed } from '../../engine/selection/speeds.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import { stepsOf, typicalOverhead } from '../../training/duration.ts'
import type { EpochRecord, Started } from '../../training/events.ts'
import { wholeFeatureSplit } from '../../training/features/split.ts'
import { secondsPerImage as perImage, type Pace } from '../../training/progress.ts'

/** What a run has shown of what trainings take. */
export interface Shown {
  readonly started: Started
  readonly pace: Pace
  /** Seconds from the beginning of the run's process until it had started, without trials. */
  readonly opened: number
  readonly epochs: readonly EpochRecord[]
  /** Pixels of an image, in the mean. */
  readonly pixels: number
}

/** Epochs, the latest, that a run is remembered by; of several the first, slow by all that is compiled for it, is none. */
const seenEpochs = 8
/** How many times as long as its typical start a first epoch's delay is taken for one: beyond, the machine was busy. */
const plausible = 2

/** What its steps took, and the rest of it; nothing where it trained in several ways, or on features. */
export function seenSpeeds(
  { recipe, network: options }: Pick<Checkpoint, 'recipe' | 'network'>,
  { started, pace, opened, epochs, pixels }: Shown,
): readonly ObservedSpeed[] {
  const { optimization } = recipe
  const network = buildNetwork(options)
  const { images, microBatch, threads, position } = started
  const own = epochs.filter(({ epoch }) => epoch > position.epoch)
  const whole = wholeFeatureSplit(network, recipe, images.training + images.validation)
  if (own.length === 0 || whole || optimization.unfreeze !== null || optimization.solver !== 'sgd') return []
  // What it waited for images is no work of its.
  const works = own.map(({ imagesPerSecond, dataWait, images: count = images.training }) =>
    Math.max(1 / imagesPerSecond - dataWait / count, 0.2 / imagesPerSecond),
  )
  const [first, ...others] = works
  const secondsPerImage = others.length === 0 ? first! : median(others.slice(-seenEpochs))
  const { engine, device, precision } = started
  // What other machines took says nothing of this one.
  if (engine === 'pytorch') return []
  const target = { engine, device, precision }
  const steps = stepsOf(network, recipe, { microBatch, threads: threads.engine })
  const counts = { train: images.training, validation: images.validation }
  const typical = typicalOverhead(network, recipe, { target, images: counts, pixels })
  const overhead: Overhead | undefined =
    own.length < 2 || pace.epochEnd === null || position.epoch > 0
      ? undefined
      : {
          start: (opened + delayOf(own, plausible * typical.start)) / typical.start,
          epochEnd: pace.epochEnd / typical.epochEnd,
        }
  const training = { ...target, ...steps.training, secondsPerImage, overhead }
  if (pace.validation === null) return [training]
  const validation = { ...target, precision: 'fp32' as const, ...steps.validation }
  return [{ ...validation, secondsPerImage: perImage(pace.validation) }, training]
}

/**
 * Seconds by which the first epoch is slower than the others, by all that is opened, compiled and decoded for it and for its
 * validation; one epoch alone does not tell.
 */
function delayOf([first, ...others]: readonly EpochRecord[], most: number): number {
  const slower = first!.seconds - median(others.map(({ seconds }) => seconds))
  return Math.min(most, Math.max(0, slower))
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
