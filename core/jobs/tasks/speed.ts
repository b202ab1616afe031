import { availableParallelism } from 'node:os'
import { StudioError } from '../../base/errors.ts'
import { benchmark } from '../../engine/selection/benchmark.ts'
import type { Candidate } from '../../engine/selection/candidates.ts'
import { describe, trainingFactor } from '../../network/cost.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import { speedNetwork } from '../../network/architectures/referenceNetworks.ts'

const images = 16

/**
 * Multiply-adds a second (forward and backward together count three times the forward ones) while training the yardstick.
 * @throws StudioError `not-measured` where it can't train
 */
export async function measureSpeed(place: Omit<Candidate, 'label'>): Promise<number> {
  const network = speedNetwork()
  const shape = { network, frozen: [], images, threads: availableParallelism() }
  const candidates = [{ ...place, label: '' }]
  const [measurement] = await benchmark({ candidates, shape, batchSize: images })
  const { secondsPerImage, reason } = measurement!
  if (secondsPerImage === null) throw new StudioError('not-measured', { reason })
  return (trainingFactor * describe(buildNetwork(network)).multiplyAdds) / secondsPerImage
}
