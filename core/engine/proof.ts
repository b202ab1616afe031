import { StudioError } from '../base/errors.ts'
import type { Measurement } from './calibrate.ts'
import { sameCandidate, type Candidate } from './candidates.ts'
import { chooseFastest } from './choice.ts'

/** Tries whether a candidate computes what the CPU does (see probe.ts). Null where it does; else why it can't be used. */
export type Proof = (candidate: Candidate) => Promise<string | null>

/** A CPU's engines are proven when they are installed, and by the tests. */
export async function proofFailure(candidate: Candidate, proof: Proof): Promise<string | null> {
  return candidate.device === 'cpu' ? null : proof(candidate)
}

/** @throws StudioError `device-unusable` where none is proven, with each one's reason */
export async function firstProven(candidates: readonly Candidate[], proof: Proof): Promise<Candidate> {
  const failures: string[] = []
  for (const candidate of candidates) {
    const reason = await proofFailure(candidate, proof)
    if (reason === null) return candidate
    failures.push(`${candidate.label} can’t be used here. ${reason}`)
  }
  throw new StudioError('device-unusable', failures.join(' '), {
    hint: 'Use --device cpu or auto; `vgg-studio devices` shows what works here.',
  })
}

/**
 * Measurements of which the fastest is proven: one that is faster and fails its proof is ruled out with the reason. Those
 * that would not be taken anyway need no proof.
 *
 * @throws StudioError `no-device` where nothing is left
 */
export async function ruleOutUnproven(
  measurements: readonly Measurement[],
  proof: Proof,
): Promise<readonly Measurement[]> {
  const fastest = chooseFastest(measurements)
  const reason = await proofFailure(fastest, proof)
  if (reason === null) return measurements
  const left = measurements.map((one) =>
    sameCandidate(one, fastest) ? { ...one, secondsPerImage: null, reason } : one,
  )
  return ruleOutUnproven(left, proof)
}
