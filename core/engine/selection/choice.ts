import { StudioError } from '../../base/errors.ts'
import type { Measurement } from './benchmark.ts'
import { sameCandidate, type Candidate } from './candidates.ts'

/** bf16 keeps 8 bits of a number: it has to be worth that. */
const worthBits = 1.05

type Measured = Measurement & { readonly secondsPerImage: number }

/** The fastest; among nearly equals one in fp32. @throws StudioError `no-device` where nothing works */
export function chooseFastest(measurements: readonly Measurement[]): Candidate {
  const measured = measurements.filter(isMeasured).toSorted((a, b) => cost(a) - cost(b))
  const [best] = measured
  if (!best) {
    const reasons = measurements.map(({ label, reason }) => `${label}: ${reason ?? ''}`).join(' ')
    throw new StudioError('no-device', `No engine could train a step of this network. ${reasons}`, {
      hint: 'If memory ran out, close other programs, or use a smaller crop (data.crop) or narrower layers; else see `vgg-studio devices`.',
    })
  }
  return best
}

const cost = ({ precision, secondsPerImage }: Measured): number =>
  secondsPerImage * (precision === 'bf16' ? worthBits : 1)

/**
 * Why it was chosen, in a line: `TensorFlow CPU bf16, 3.4× ONNX Runtime CPU here`. What comes with the studio is what
 * others are held against.
 */
export function explainChoice(chosen: Candidate, measurements: readonly Measurement[]): string {
  const measured = measurements.filter(isMeasured)
  const own = measured.find((one) => sameCandidate(one, chosen))
  const others = measured
    .filter((one) => !sameCandidate(one, chosen))
    .toSorted((a, b) => a.secondsPerImage - b.secondsPerImage)
  const embedded = others.find(({ engine, device }) => engine === 'onnxruntime' && device === 'cpu')
  const other = embedded ?? others[0]
  if (!own) return chosen.label
  if (!other) return `${chosen.label}, the only one that works here${failures(measurements)}`
  return `${chosen.label}, ${factorText(other.secondsPerImage / own.secondsPerImage)} ${other.label} here`
}

/** A GPU may just not be there; what fails on a CPU is broken, or short of memory. */
function failures(measurements: readonly Measurement[]): string {
  const failed = measurements.filter((one) => !isMeasured(one) && one.device === 'cpu')
  return failed.length === 0
    ? ''
    : ` (${failed.map(({ label, reason }) => `${label}: ${reason ?? 'failed'}`).join(' ')})`
}

/** `3.4×`, `12×` */
export function factorText(value: number): string {
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)}×`
}

function isMeasured(measurement: Measurement): measurement is Measured {
  return measurement.secondsPerImage !== null
}

/** Tests whether a candidate computes what the CPU does. Null where it does; else why it can't be used. */
export type CandidateTest = (candidate: Candidate) => Promise<string | null>

/** The test's failure; a CPU's engines are tested when they are installed, and by the tests. */
export async function testFailure(candidate: Candidate, test: CandidateTest): Promise<string | null> {
  return candidate.device === 'cpu' ? null : test(candidate)
}

/** @throws StudioError `device-unusable` where none passes, with each one's reason */
export async function firstPassing(
  candidates: readonly Candidate[],
  test: CandidateTest,
): Promise<Candidate> {
  const failures: string[] = []
  for (const candidate of candidates) {
    const reason = await testFailure(candidate, test)
    if (reason === null) return candidate
    failures.push(`${candidate.label} can’t be used here. ${reason}`)
  }
  throw new StudioError('device-unusable', failures.join(' '), {
    hint: 'Use --device cpu or auto; `vgg-studio devices` shows what works here.',
  })
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
    sameCandidate(one, fastest) ? { ...one, secondsPerImage: null, reason } : one,
  )
  return ruleOutFailing(left, test)
}
