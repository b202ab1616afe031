import type { Progress } from './types.ts'

export interface ProgressCounter {
  /** An image is done. */
  advance(): void
}

/** Begins to count when it is called: opening a network takes time too, but not for each image. */
export function progressOf(
  images: number,
  stepsPerImage: number,
  onProgress: ((progress: Progress) => void) | undefined,
): ProgressCounter {
  const since = performance.now()
  const total = images * stepsPerImage
  let done = 0
  return {
    advance() {
      done += stepsPerImage
      const seconds = (performance.now() - since) / 1000
      const secondsLeft = seconds < 1 ? null : (seconds * (total - done)) / done
      onProgress?.({ done, total, secondsLeft: done === total ? 0 : secondsLeft })
    },
  }
}
