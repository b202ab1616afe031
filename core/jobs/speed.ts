import { availableParallelism } from 'node:os'
import { StudioError } from '../base/errors.ts'
import { benchmark } from '../engine/selection/benchmark.ts'
import type { Candidate } from '../engine/selection/candidates.ts'
import { describe, trainingFactor } from '../network/cost.ts'
import { buildNetwork, networkSpec } from '../network/architectures/index.ts'

/** The measured training step: enough work to be representative, little enough to be quick. */
const network = { ...networkSpec({ config: 'A', fcWidth: 512 }), classes: 10, crop: 64 }
const images = 16

/**
 * Multiply-adds a second (forward and backward together count three times the forward ones) while training A.
 * @throws StudioError `not-measured` where it can't train
 */
export async function measureSpeed(place: Omit<Candidate, 'label'>): Promise<number> {
  const shape = { network, frozen: [], images, threads: availableParallelism() }
  const candidates = [{ ...place, label: '' }]
  const [measurement] = await benchmark({ candidates, shape, batchSize: images })
  const { secondsPerImage, reason } = measurement!
  if (secondsPerImage === null) throw new StudioError('not-measured', reason ?? 'It could not be measured.')
  return (trainingFactor * describe(buildNetwork(network)).multiplyAdds) / secondsPerImage
}
