import { StudioError } from '../../base/errors.ts'
import type { DeviceFact } from '../../messages/catalog.ts'
import type { Reason } from '../../messages/types.ts'
import type { Measurement } from './benchmark.ts'
import { sameCandidate, type Candidate } from './candidates.ts'

/** bf16 keeps 8 bits of a number: it has to be worth that. */
export const worthBits = 1.05

type Measured = Measurement & { readonly secondsPerImage: number }

/** The fastest; among nearly equals one in fp32. @throws StudioError `no-device` where nothing works */
export function chooseFastest(measurements: readonly Measurement[]): Candidate {
  const [best] = fastestFirst(measurements)
  if (!best) {
    throw new StudioError('no-device', { failed: measurements.flatMap(failed) })
  }
  return best
}

/** Without those that were ruled out. */
export const fastestFirst = (measurements: readonly Measurement[]): readonly Measured[] =>
  measurements.filter(isMeasured).toSorted((a, b) => cost(a) - cost(b))

const cost = ({ precision, secondsPerImage }: Measured): number =>
  secondsPerImage * (precision === 'bf16' ? worthBits : 1)

/**
 * Why it was chosen, in a line: `TensorFlow CPU bf16, 3.4× ONNX Runtime CPU here`. What comes with the studio is what
 * others are held against.
 *
 * @param hasShown whether this machine has shown the speed of anything; else what was not seen is as it typically is
 */
export function explainChoice(
  chosen: Candidate,
  measurements: readonly Measurement[],
  hasShown = true,
): DeviceFact {
  const measured = measurements.filter(isMeasured)
  const own = measured.find((one) => sameCandidate(one, chosen))
  const others = measured
    .filter((one) => !sameCandidate(one, chosen))
    .toSorted((a, b) => a.secondsPerImage - b.secondsPerImage)
  const embedded = others.find(({ engine, device }) => engine === 'onnxruntime' && device === 'cpu')
  const other = embedded ?? others[0]
  const { label } = chosen
  if (!own) return { code: 'choice', values: { what: 'unmeasured', label } }
  if (!other) {
    // A GPU may just not be there; what fails on a CPU is broken, or short of memory.
    const onCpu = measurements.filter(({ device }) => device === 'cpu')
    return { code: 'choice', values: { what: 'only', label, failed: onCpu.flatMap(failed) } }
  }
  const factor = other.secondsPerImage / own.secondsPerImage
  const isSeen = own.seen !== false && other.seen !== false
  const what = isSeen ? 'faster' : hasShown ? 'expected' : 'typical'
  return { code: 'choice', values: { what, label, factor, other: other.label } }
}

const failed = ({ label, reason }: Measurement) => (reason === null ? [] : [{ label, reason }])

function isMeasured(measurement: Measurement): measurement is Measured {
  return measurement.secondsPerImage !== null
}

/** Tests whether a candidate computes what the CPU does. Null where it does; else why it can't be used. */
export type CandidateTest = (candidate: Candidate) => Promise<Reason | null>

/** The test's failure; a CPU's engines are tested when they are installed, and by the tests. */
export async function testFailure(candidate: Candidate, test: CandidateTest): Promise<Reason | null> {
  return candidate.device === 'cpu' ? null : test(candidate)
}

/** @throws StudioError `device-unusable` where none passes, with each one's reason */
export async function firstPassing(
  candidates: readonly Candidate[],
  test: CandidateTest,
): Promise<Candidate> {
  const failed: { readonly label: string; readonly reason: Reason }[] = []
  for (const candidate of candidates) {
    const reason = await testFailure(candidate, test)
    if (reason === null) return candidate
    failed.push({ label: candidate.label, reason })
  }
  throw new StudioError('device-unusable', { what: 'tests', failed })
}

/**
 * Measurements of which the fastest passes its test: one that is faster and fails is ruled out with the reason. Those
 * that would not be taken anyway need no test.
 *
 * @throws StudioError `no-device` where nothing is left
 */
export async function ruleOutFailing(
  measurements: readonly Measurement[],
  test: CandidateTest,
): Promise<readonly Measurement[]> {
  const fastest = chooseFastest(measurements)
  const reason = await testFailure(fastest, test)
  if (reason === null) return measurements
  const left = measurements.map((one) =>
    sameCandidate(one, fastest) ? { ...one, secondsPerImage: null, seen: undefined, reason } : one,
  )
  return ruleOutFailing(left, test)
}
