import { availableParallelism } from 'node:os'
import { allDevices } from '../../engine/index.ts'
import { candidatesOf } from '../../engine/selection/candidates.ts'
import { openSpeeds } from '../../engine/selection/speeds.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import type { Dataset } from '../../registry/types.ts'
import { estimateDuration, type Duration } from '../../training/duration.ts'
import { networkOptions, type Recipe } from '../../training/recipe.ts'
import type { HomeContext } from '../context/home.ts'

/** Images at once, where the run has yet to find out how many fit. */
const usualMicroBatch = 16

/** What a run is expected to take here, in seconds, at the fastest of what its recipe leaves open; typical speeds where nothing was seen yet. */
export async function expectedDuration(
  { registry, home }: HomeContext,
  recipe: Recipe,
  { id, classes, images }: Pick<Dataset, 'id' | 'classes' | 'images'>,
): Promise<Duration> {
  const { microBatch, batchSize } = recipe.optimization
  const network = buildNetwork(networkOptions(recipe, classes.length))
  const own = microBatch === 'auto' ? Math.min(usualMicroBatch, batchSize) : microBatch
  const threads = recipe.execution.threads ?? availableParallelism()
  const rest = { images, pixels: registry.pages.meanPixels(id), speeds: openSpeeds(home.folder).list() }
  return candidatesOf(await allDevices(), recipe.execution)
    .map((target) => estimateDuration(network, recipe, { ...rest, target, microBatch: own, threads }))
    .reduce((best, one) => (one.total < best.total ? one : best))
}
