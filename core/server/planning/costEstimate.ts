import { reportOf } from '../../base/errors.ts'
import type { Split } from '../../dataset/types.ts'
import { unsupportedError } from '../../engine/supports.ts'
import type { Engine } from '../../engine/types.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { trainingFactor, type NetworkDescription } from '../../network/cost.ts'
import type { Network } from '../../network/types.ts'
import { checkpointSize } from '../../training/checkpointFiles.ts'
import { featurePasses, wholeFeatureSplit } from '../../training/features/split.ts'
import { chooseMicroBatch, type MemoryContext } from '../../training/microBatchSize.ts'
import type { Recipe } from '../../training/recipe.ts'
import type { CostEstimate } from '../api/types.ts'
import { fixFor } from './fix.ts'

/** What a cost depends on besides the recipe. */
export interface CostContext {
  readonly classes: number
  /** Null where there is no data set yet. */
  readonly images: Readonly<Record<Split, number>> | null
  readonly target: MemoryContext & { readonly engine: Engine; readonly device: string }
  /** Total bytes of memory there, in use or free. */
  readonly total: number
  /** Multiply-adds a second while training; null where it isn't known. */
  readonly speed: (network: NetworkDescription) => number | null
  readonly texts: Catalog
}

/** What a run would cost on this machine. */
export function estimateCost(
  network: Network,
  description: NetworkDescription,
  recipe: Recipe,
  { classes, images, target, total, speed, texts }: CostContext,
): CostEstimate {
  const { batchSize, microBatch: wanted } = recipe.optimization
  const split = images && wholeFeatureSplit(network, recipe, images.train + images.validation)
  const chosen = chooseMicroBatch(network, batchSize, wanted, { ...target, split })
  const rate = speed(description)
  const { engine, device } = target
  const limit = engine.supports(network, { device })
  const work = images && description.multiplyAdds * passesPerEpoch(network, recipe, images)
  return {
    parameters: description.parameters,
    multiplyAdds: description.multiplyAdds,
    memory: {
      needed: chosen.needed,
      available: target.available,
      total,
      fits: chosen.fits,
      microBatch: chosen.size,
      fix: chosen.fits ? null : fixFor(recipe, { classes, ...target }),
    },
    checkpointBytes: checkpointSize(network),
    device,
    unsupported: limit && reportOf(unsupportedError({ engine: engine.name, device }, limit), texts),
    secondsPerEpoch: work && rate ? work / rate : null,
    updatesPerEpoch: images && Math.ceil(images.train / batchSize),
  }
}

/** Forward passes, of which training takes some for an image; on features that are computed once, a share of those. */
function passesPerEpoch(network: Network, recipe: Recipe, images: Readonly<Record<Split, number>>): number {
  const once = featurePasses(network, recipe, images)
  if (once !== null) return once / recipe.optimization.epochs
  return trainingFactor * images.train + images.validation
}
