import type { ExpectedPace } from './duration.ts'

/** What was done of late: the longer ago, the less it counts. */
export interface Throughput {
  readonly seconds: number
  readonly images: number
  /** The first micro-batch is slow by all that is opened for it: it counts only until there is another. */
  readonly first: boolean
}

/** Null before the first. */
export interface Pace {
  readonly training: Throughput | null
  readonly validation: Throughput | null
  /** Seconds that opening the network that validates took the last time. */
  readonly opening: number
  /** Seconds of an epoch's end besides: opening the network that validates, copying the state, saving. */
  readonly epochEnd: number | null
  /** What was expected before the run; null where nothing was. Its own progress corrects it. */
  readonly expected: ExpectedPace | null
}

export const unknownPace: Pace = {
  training: null,
  validation: null,
  opening: 0,
  epochEnd: null,
  expected: null,
}

/** Seconds after which work has lost about two thirds of its weight. */
const memory = 30

export function withThroughput(work: Throughput | null, seconds: number, images: number): Throughput | null {
  if (images === 0) return work
  if (work === null) return { seconds, images, first: true }
  const kept = work.first ? 0 : Math.exp(-seconds / memory)
  return { seconds: kept * work.seconds + seconds, images: kept * work.images + images, first: false }
}

export const secondsPerImage = (work: Throughput): number => work.seconds / work.images

/** Without gradients an image costs about a third. */
const validationShare = 1 / 3

/** Seconds for this many more images and ends of epochs; null before the pace is known. */
export function secondsLeft(
  pace: Pace,
  ahead: { readonly training: number; readonly validation: number; readonly epochEnds: number },
): number | null {
  const { expected } = pace
  if (pace.training === null && expected === null) return null
  const training = corrected(pace.training, expected?.training ?? null)!
  const unseen = expected ? expected.validation * (training / expected.training) : training * validationShare
  const validation = pace.validation ? corrected(pace.validation, expected?.validation ?? null)! : unseen
  const epochEnd = pace.epochEnd ?? expected?.epochEnd ?? 0
  return ahead.training * training + ahead.validation * validation + ahead.epochEnds * epochEnd
}

/** Seconds of its own progress that weigh as much as what was expected. */
const prior = 1

/** Seconds for an image: as expected, more and more corrected by those that were done; the first are slow. */
function corrected(work: Throughput | null, expected: number | null): number | null {
  if (expected === null) return work && secondsPerImage(work)
  if (work === null || work.first) return expected
  return (expected * (work.seconds + prior)) / (work.images * expected + prior)
}

/** Calls `emit` at most once per `interval` milliseconds, and drops what comes in between. */
export function throttled<T>(emit: (value: T) => void, interval: number): (value: T) => void {
  let next = -Infinity
  return (value) => {
    const now = performance.now()
    if (now < next) return
    next = now + interval
    emit(value)
  }
}
