import { availableParallelism } from 'node:os'
import { StudioError } from '../../base/errors.ts'
import {
  expectedSeconds,
  openSpeeds,
  sameTarget,
  type ComputeTarget,
  type ObservedSpeed,
  type StepKind,
} from '../../engine/selection/speeds.ts'
import type { TestedDevice } from '../../engine/selection/selfTest.ts'
import { stepCost } from '../../engine/selection/stepCost.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import { describe, trainingFactor } from '../../network/cost.ts'
import { quickTrainingNetwork, speedNetwork } from '../../network/architectures/referenceNetworks.ts'

const images = 16

/** A training step of the yardstick. */
export const yardstick = (): StepKind => ({
  ...{ images, batchSize: images, threads: availableParallelism() },
  work: stepCost(buildNetwork(speedNetwork())),
})

/** The step that self-tests time. */
export const selfTestStep = (): StepKind => ({
  ...{ images: 8, batchSize: 8, threads: availableParallelism() },
  work: stepCost(quickTrainingNetwork()),
})

/** What self-tests of devices have shown: each times a step. */
export function seenInSelfTests(devices: readonly TestedDevice[]): readonly ObservedSpeed[] {
  const step = selfTestStep()
  return devices.flatMap(({ engine, id: device, trials }) =>
    trials.flatMap(({ precision, selfTest }) =>
      selfTest ? [{ engine, device, precision, ...step, secondsPerImage: selfTest.secondsPerImage }] : [],
    ),
  )
}

/**
 * Multiply-adds a second while training the yardstick somewhere, by what was seen: the one figure by which devices are
 * told apart, wherever they are listed. Null where nothing was seen there.
 */
export function trainingSpeed(seen: readonly ObservedSpeed[], target: ComputeTarget): number | null {
  if (!seen.some((one) => sameTarget(one, target))) return null
  const { multiplyAdds } = describe(buildNetwork(speedNetwork()))
  return (trainingFactor * multiplyAdds) / expectedSeconds(seen, target, yardstick())
}

/**
 * Trains some steps of the yardstick where it is told, and keeps what they took.
 * @param home the home folder
 * @throws StudioError `not-measured` where it can't train
 */
export async function measureSpeed(home: string, target: ComputeTarget): Promise<void> {
  // The server only reads what was measured, and does without engines.
  const { benchmark } = await import('../../engine/selection/benchmark.ts')
  const step = yardstick()
  const shape = { network: speedNetwork(), frozen: [], images, threads: step.threads }
  const [measurement] = await benchmark({
    candidates: [{ ...target, label: '' }],
    shape,
    batchSize: images,
  })
  const { secondsPerImage, reason } = measurement!
  if (secondsPerImage === null) throw new StudioError('not-measured', { reason })
  await openSpeeds(home).record({ ...target, ...step, secondsPerImage })
}
