import { throwIfAborted } from '../base/errors.ts'
import { findDevice } from '../engine/candidates.ts'
import { prove } from '../engine/probe.ts'
import type { Proof } from '../engine/proof.ts'
import type { Device } from '../engine/types.ts'
import type { JobContext } from './context.ts'
import { measurementKey } from './measurementKey.ts'
import { keepMeasurements, knownMeasurements } from './measurements.ts'

/**
 * Proves devices by their self-test, once for this machine and these versions: what passed is known from then on, beside
 * the calibrations; what failed is tried again.
 *
 * @throws StudioError `canceled`
 */
export function rememberedProof(
  { home, emit, signal }: Pick<JobContext, 'home' | 'emit' | 'signal'>,
  devices: readonly Device[],
  test: typeof prove = prove,
): Proof {
  return async ({ engine, device, precision, label }) => {
    const candidate = { engine, device, precision, label }
    const key = measurementKey(devices, { selfTest: [engine, device, precision] })
    if (await knownMeasurements(home, key, [candidate])) return null
    throwIfAborted(signal)
    emit({ event: 'progress', phase: 'test', done: 0, total: 1, secondsLeft: null, detail: label })
    const trial = await test(findDevice(devices, candidate)!, precision, { signal })
    throwIfAborted(signal)
    if (!trial.usable) return trial.reason
    const { secondsPerImage } = trial.selfTest
    await keepMeasurements(home, key, [{ ...candidate, secondsPerImage, reason: null }])
    return null
  }
}
