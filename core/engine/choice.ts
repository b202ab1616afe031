import { StudioError } from '../base/errors.ts'
import type { Measurement } from './calibrate.ts'
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
export function explain(chosen: Candidate, measurements: readonly Measurement[]): string {
  const measured = measurements.filter(isMeasured)
  const own = measured.find((one) => sameCandidate(one, chosen))
  const others = measured
    .filter((one) => !sameCandidate(one, chosen))
    .toSorted((a, b) => a.secondsPerImage - b.secondsPerImage)
  const embedded = others.find(({ engine, device }) => engine === 'onnxruntime' && device === 'cpu')
  const other = embedded ?? others[0]
  if (!own) return chosen.label
  if (!other) return `${chosen.label}, the only one that works here${failures(measurements)}`
  return `${chosen.label}, ${factor(other.secondsPerImage / own.secondsPerImage)} ${other.label} here`
}

/** A GPU may just not be there; what fails on a CPU is broken, or short of memory. */
function failures(measurements: readonly Measurement[]): string {
  const failed = measurements.filter((one) => !isMeasured(one) && one.device === 'cpu')
  return failed.length === 0
    ? ''
    : ` (${failed.map(({ label, reason }) => `${label}: ${reason ?? 'failed'}`).join(' ')})`
}

/** `3.4×`, `12×` */
export function factor(value: number): string {
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)}×`
}

function isMeasured(measurement: Measurement): measurement is Measured {
  return measurement.secondsPerImage !== null
}
