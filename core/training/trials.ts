/** Seconds that trials before a training take at most, the least in which one could show anything, and their share of it. */
const [most, least, share] = [10, 1, 1 / 20]

/** Seconds that trials may take before a run of `expected` seconds; 0: none are made. */
export function trialSeconds(expected: number): number {
  const seconds = Math.min(most, share * expected)
  return seconds < least ? 0 : seconds
}
