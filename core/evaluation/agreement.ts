import { commonRows } from './ensemble.ts'
import { ranking } from './metrics.ts'
import type { Agreement, Row } from './types.ts'

/**
 * How far two evaluations of the same network say the same, over the images that both looked at.
 * @param rows of each by ascending item
 */
export function agreement(
  own: Iterable<Row>,
  reference: Iterable<Row>,
): Pick<Agreement, 'images' | 'same' | 'largestDifference'> {
  let [images, same, largestDifference] = [0, 0, 0]
  for (const [one, other] of commonRows([own, reference])) {
    const [a, b] = [one!.probabilities, other!.probabilities]
    images++
    if (ranking(a, 1)[0]!.label === ranking(b, 1)[0]!.label) same++
    for (let label = 0; label < a.length; label++)
      largestDifference = Math.max(largestDifference, Math.abs(a[label]! - b[label]!))
  }
  return { images, same, largestDifference }
}
