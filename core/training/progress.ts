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
  /** Seconds of an epoch's end besides: copying the state, saving. */
  readonly epochEnd: number | null
}

export const unknownPace: Pace = { training: null, validation: null, epochEnd: null }

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
  if (pace.training === null) return null
  const training = secondsPerImage(pace.training)
  const validation = pace.validation ? secondsPerImage(pace.validation) : training * validationShare
  return ahead.training * training + ahead.validation * validation + ahead.epochEnds * (pace.epochEnd ?? 0)
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
