import type { Pass } from './protocol.ts'
import type { Progress } from './types.ts'

export interface ProgressCounter {
  /** Images begin to be worked on. */
  start(): void
  advance(pass: Pass, images: number): void
}

/**
 * Counts image × pass; judges the time left by pixels, since large scales take longer. Opening a network takes time
 * too, but not for each image: `start` is when images begin to be worked on.
 */
export function progressOf(
  passes: readonly Pass[],
  images: number,
  onProgress: ((progress: Progress) => void) | undefined,
): ProgressCounter {
  const cost = ({ view, flips }: Pass): number =>
    (view.kind === 'whole' ? view.scale : view.crop) ** 2 * (flips ? 2 : 1)
  const total = images * passes.length
  const work = images * passes.reduce((sum, pass) => sum + cost(pass), 0)
  let since = performance.now()
  let seconds = 0
  let done = 0
  let worked = 0
  return {
    start: () => (since = performance.now()),
    advance(pass, count) {
      const now = performance.now()
      seconds += (now - since) / 1000
      since = now
      done += count
      worked += count * cost(pass)
      const secondsLeft = seconds < 1 ? null : (seconds * (work - worked)) / worked
      onProgress?.({ done, total, secondsLeft: done === total ? 0 : secondsLeft })
    },
  }
}
