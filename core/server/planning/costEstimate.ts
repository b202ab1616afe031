import { availableParallelism, totalmem } from 'node:os'
import { reportOf } from '../../base/errors.ts'
import type { Split } from '../../dataset/types.ts'
import { findEngine } from '../../engine/index.ts'
import { isObserved, type ComputeTarget, type ObservedSpeed } from '../../engine/selection/speeds.ts'
import { stepCost } from '../../engine/selection/stepCost.ts'
import { unsupportedError } from '../../engine/supports.ts'
import { worthBits } from '../../engine/selection/choice.ts'
import type { Catalog } from '../../messages/catalog.ts'
import type { NetworkDescription } from '../../network/cost.ts'
import type { Network } from '../../network/types.ts'
import { checkpointSize } from '../../training/checkpointFiles.ts'
import { estimateDuration, type Duration } from '../../training/duration.ts'
import { wholeFeatureSplit } from '../../training/features/split.ts'
import { frozenLayers } from '../../training/layers.ts'
import { memoryOn } from '../../training/memory.ts'
import { chooseMicroBatch } from '../../training/microBatchSize.ts'
import type { Recipe } from '../../training/recipe.ts'
import { trialSeconds } from '../../training/trials.ts'
import { chooseThreads } from '../../training/plan.ts'
import { readingMemory } from '../../training/readingMemory.ts'
import type { CostEstimate, MemoryFix } from '../api/types.ts'
import type { KnownDevice } from '../machine/remembered.ts'
import { fixFor } from './fix.ts'

/** What a cost depends on besides the recipe. */
export interface CostContext {
  readonly classes: number
  /** Null where there is no data set yet. */
  readonly images: Readonly<Record<Split, number>> | null
  /** Pixels of an image, in the mean; undefined where that isn't known. */
  readonly pixels: number | undefined
  /** Where a recipe may compute. */
  readonly targetsFor: (recipe: Recipe) => readonly PossibleTarget[]
  /** What the machine has shown; empty where nothing is known yet. */
  readonly speeds: readonly ObservedSpeed[]
  readonly texts: Catalog
}

interface PossibleTarget {
  readonly device: KnownDevice
  readonly target: ComputeTarget
}

/** What a run would cost on this machine, where it would compute: at the fastest that the recipe leaves open. */
export function estimateCost(
  network: Network,
  description: NetworkDescription,
  recipe: Recipe,
  context: CostContext,
): CostEstimate {
  const { classes, texts } = context
  const targets = context.targetsFor(recipe).map((one) => costIn(one, network, recipe, context))
  const best = targets.reduce((a, b) => (b.worth < a.worth ? b : a))
  const { chosen, memoryTarget, duration, device, target } = best
  const reading = device.id === 'cpu' ? readingOf(recipe, chosen.size, context) : 0
  const limit = memoryTarget.engine.supports(network, { device: device.id })
  return {
    parameters: description.parameters,
    multiplyAdds: description.multiplyAdds,
    memory: {
      needed: chosen.needed + reading,
      available: memoryTarget.available,
      total: device.memory ?? totalmem(),
      fits: chosen.fits,
      microBatch: chosen.size,
      fix: chosen.fits ? null : withReading(fixFor(recipe, { classes, ...memoryTarget }), reading),
    },
    checkpointBytes: checkpointSize(network),
    device: device.id,
    engine: target.engine,
    precision: target.precision,
    unsupported:
      limit && reportOf(unsupportedError({ engine: target.engine, device: device.id }, limit), texts),
    seconds:
      duration && withTrials(duration, targets.length > 1 && isUntried(targets, network, recipe, context)),
    updatesPerEpoch: context.images && Math.ceil(context.images.train / recipe.optimization.batchSize),
  }
}

/** What reads images takes main memory: on a GPU nothing of its own. */
function readingOf(recipe: Recipe, microBatch: number, { images }: CostContext): number {
  const decodeThreads = chooseThreads(recipe).decode
  const counts = images ?? { train: 1000, validation: 100 }
  return readingMemory({ images: counts, microBatch, crop: recipe.data.crop, decodeThreads })
}

const withReading = (fix: MemoryFix | null, reading: number): MemoryFix | null =>
  fix && { ...fix, needed: fix.needed + reading }

function costIn(
  { device, target }: PossibleTarget,
  network: Network,
  recipe: Recipe,
  { images, pixels, speeds }: CostContext,
) {
  const { batchSize, microBatch: wanted } = recipe.optimization
  const { engine: name, precision } = target
  const memoryTarget = { engine: findEngine(name), device: device.id, precision, available: memoryOn(device) }
  const split = images && wholeFeatureSplit(network, recipe, images.train + images.validation)
  const chosen = chooseMicroBatch(network, batchSize, wanted, { ...memoryTarget, split })
  const threads = recipe.execution.threads ?? availableParallelism()
  const known = images !== null && speeds.length > 0
  const input = { target, microBatch: chosen.size, threads, pixels, speeds }
  const duration = known ? estimateDuration(network, recipe, { ...input, images }) : null
  const worth = (duration?.total ?? 0) * (precision === 'bf16' ? worthBits : 1)
  return { device, target, memoryTarget, chosen, duration, worth, threads }
}

/** Whether one of the two that look best has not shown what this network takes there. */
function isUntried(
  targets: readonly ReturnType<typeof costIn>[],
  network: Network,
  recipe: Recipe,
  { speeds }: CostContext,
): boolean {
  const work = stepCost(network, frozenLayers(network, recipe.optimization))
  const { batchSize } = recipe.optimization
  return targets
    .toSorted((a, b) => a.worth - b.worth)
    .slice(0, 2)
    .some(
      ({ target, chosen, threads }) =>
        !isObserved(speeds, target, { work, batchSize, threads, images: chosen.size }),
    )
}

function withTrials(duration: Duration, tries: boolean): CostEstimate['seconds'] {
  const trials = tries ? trialSeconds(duration.total) : 0
  return { ...duration, trials, total: duration.total + trials }
}
