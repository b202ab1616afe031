import { random } from '../../base/random.ts'
import type { Interval } from '../types.ts'
import { bootstrapDraws, quantile, type Clusters, type Resampling } from './resampling.ts'

/** Bins of the confidence axis: of equal width, or each with the same number of images. */
export type Binning = 'equal-width' | 'equal-mass'
const defaultBins = 15

/** Confidences with what came of them, by ascending confidence. */
export interface TopLabelHits {
  readonly confidence: Float64Array
  /** 1 where it came true. */
  readonly right: Uint8Array
  /** Index in what they were sorted from. */
  readonly order: Uint32Array
}

/** Bin of a reliability diagram; an empty one has no means. */
export interface Bin {
  readonly low: number
  readonly high: number
  readonly images: number
  readonly confidence: number | null
  readonly accuracy: number | null
}

export interface CalibrationError {
  readonly binning: Binning
  /** Expected calibration error, 0–1: Σ |accuracy − confidence| of the bins, weighted by their images. */
  readonly error: number
  /** Largest |accuracy − confidence| of a bin. */
  readonly largest: number
  /**
   * 95%, basic bootstrap (2 × estimate − percentiles of the resampled), cut at 0: resampling adds the estimate's own
   * upward bias once more, and this form takes it off (Davison & Hinkley 1997 §5.2; Kumar et al. 2019).
   */
  readonly interval: Interval
  /** What a perfectly calibrated network with these confidences would show on this many images: mean and 95th percentile. */
  readonly noiseFloor: { readonly mean: number; readonly high: number }
  readonly bins: readonly Bin[]
}

export function hitsOf(confidence: ArrayLike<number>, right: ArrayLike<number>): TopLabelHits {
  const order = Uint32Array.from({ length: confidence.length }, (_, index) => index).sort(
    (a, b) => confidence[a]! - confidence[b]!,
  )
  return {
    confidence: Float64Array.from(order, (index) => confidence[index]!),
    right: Uint8Array.from(order, (index) => right[index]!),
    order,
  }
}

/**
 * Expected calibration error with its bins (Guo et al. 2017), interval and noise floor. Bins are half-open, [low, high),
 * and the last one closed: a confidence of exactly 1 counts. Equal-mass edges are quantiles, the first 0, the last 1 (as
 * in netcal).
 * @param clusters images that are resampled together
 */
export function calibrationError(
  hits: TopLabelHits,
  binning: Binning,
  { clusters, resampling, bins = defaultBins }: ErrorOptions,
): CalibrationError {
  const edges = edgesOf(hits.confidence, binning, bins)
  const diagram = binned(hits, edges)
  const error = expected(diagram)
  return {
    binning,
    error,
    largest: Math.max(0, ...diagram.map(gap)),
    interval: interval(error, hits, binning, bins, clusters, resampling),
    noiseFloor: noiseFloor(hits, edges, resampling),
    bins: diagram,
  }
}

interface ErrorOptions {
  readonly clusters: Clusters
  readonly resampling: Resampling
  readonly bins?: number
}

/** Calibration error without interval and noise floor. */
export function plainCalibrationError(hits: TopLabelHits, binning: Binning, bins = defaultBins): number {
  return expected(binned(hits, edgesOf(hits.confidence, binning, bins)))
}

const gap = ({ confidence, accuracy }: Bin): number =>
  confidence === null || accuracy === null ? 0 : Math.abs(accuracy - confidence)

function expected(diagram: readonly Bin[]): number {
  const images = diagram.reduce((sum, bin) => sum + bin.images, 0)
  return diagram.reduce((sum, bin) => sum + (bin.images / images) * gap(bin), 0)
}

/** @param sorted ascending */
function edgesOf(sorted: Float64Array, binning: Binning, bins: number): Float64Array {
  const edges = Float64Array.from({ length: bins + 1 }, (_, index) => index * (1 / bins))
  edges[bins] = 1
  if (binning === 'equal-width') return edges
  return edges.map((share, index) => (index === 0 ? 0 : index === bins ? 1 : quantile(sorted, share)))
}

function binned({ confidence, right }: TopLabelHits, edges: Float64Array): readonly Bin[] {
  const bins = edges.length - 1
  const [images, confidences, rights] = [0, 1, 2].map(() => new Float64Array(bins)) as [Sums, Sums, Sums]
  let bin = 0
  for (let at = 0; at < confidence.length; at++) {
    while (bin < bins - 1 && confidence[at]! >= edges[bin + 1]!) bin++
    images[bin]!++
    confidences[bin]! += confidence[at]!
    rights[bin]! += right[at]!
  }
  return Array.from({ length: bins }, (_, index) => ({
    low: edges[index]!,
    high: edges[index + 1]!,
    images: images[index]!,
    confidence: images[index] === 0 ? null : confidences[index]! / images[index]!,
    accuracy: images[index] === 0 ? null : rights[index]! / images[index]!,
  }))
}

type Sums = Float64Array<ArrayBuffer>

/** Resampled images keep their order by confidence, so that no resample has to be sorted. */
function interval(
  error: number,
  { confidence, right, order }: TopLabelHits,
  binning: Binning,
  bins: number,
  clusters: Clusters,
  resampling: Resampling,
): Interval {
  const clusterOf = new Uint32Array(order.length)
  clusters.forEach((cluster, index) => cluster.forEach((image) => (clusterOf[image] = index)))
  const errors = new Float64Array(resampling.resamples)
  let round = 0
  for (const counts of bootstrapDraws(clusters.length, resampling)) {
    const drawn: number[] = []
    for (let at = 0; at < order.length; at++) {
      for (let times = counts[clusterOf[order[at]!]!]!; times > 0; times--) drawn.push(at)
    }
    const sample = {
      confidence: Float64Array.from(drawn, (at) => confidence[at]!),
      right: Uint8Array.from(drawn, (at) => right[at]!),
      order,
    }
    errors[round++] = plainCalibrationError(sample, binning, bins)
  }
  const sorted = errors.sort()
  return {
    low: Math.max(0, 2 * error - quantile(sorted, 0.975)),
    high: Math.max(0, 2 * error - quantile(sorted, 0.025)),
  }
}

const purpose = 0x6e6f6973

/** Hits drawn anew with the probabilities that the network itself states. */
function noiseFloor(
  hits: TopLabelHits,
  edges: Float64Array,
  { seed, resamples }: Resampling,
): CalibrationError['noiseFloor'] {
  const errors = new Float64Array(resamples)
  for (let round = 0; round < resamples; round++) {
    const source = random(seed, purpose, round)
    const right = Uint8Array.from(hits.confidence, (confidence) => Number(source.uniform() < confidence))
    errors[round] = expected(binned({ ...hits, right }, edges))
  }
  const mean = errors.reduce((sum, one) => sum + one, 0) / resamples
  return { mean, high: quantile(errors.sort(), 0.95) }
}
