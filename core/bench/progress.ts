import type { BenchProgress } from './types.ts'

/** Tells how far `total` equal pieces of work are, and how long the rest will take by those that are done. */
export function followRounds(
  total: number,
  show: (progress: Omit<BenchProgress, 'label'>) => void,
): (done: number) => void {
  const start = performance.now()
  show({ done: 0, total, secondsLeft: null })
  return (done) => {
    const seconds = (performance.now() - start) / 1000
    show({ done, total, secondsLeft: (seconds / done) * (total - done) })
  }
}
