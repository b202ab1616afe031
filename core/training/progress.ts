/** Seconds per image, of late; null before the first. */
export interface Pace {
  readonly training: number | null
  readonly validation: number | null
}

export const unknownPace: Pace = { training: null, validation: null }

/** Seconds after which a measurement has lost about two thirds of its weight. */
const memory = 30

/** An exponential average over time: a long measurement weighs more than a short one. */
export function smoothed(pace: number | null, seconds: number, images: number): number | null {
  if (images === 0) return pace
  const latest = seconds / images
  if (pace === null) return latest
  const weight = 1 - Math.exp(-seconds / memory)
  return pace + weight * (latest - pace)
}

/** Without gradients an image costs about a third. */
const validationShare = 1 / 3

/** Seconds for so many images more; null before the pace is known. */
export function secondsLeft(
  pace: Pace,
  images: { readonly training: number; readonly validation: number },
): number | null {
  if (pace.training === null) return null
  const validation = pace.validation ?? pace.training * validationShare
  return images.training * pace.training + images.validation * validation
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
