import { logProbability } from './metrics.ts'
import type { Row } from './types.ts'

/**
 * Mean of the class probabilities of several models, image by image: soft-max outputs averaged (VGG §4.4). Of images
 * that not all of them have there is none.
 * @param members rows of each by ascending item
 */
export function* meanRows(members: readonly Iterable<Row>[]): Generator<Row, void, undefined> {
  for (const rows of commonRows(members)) yield meanOf(rows)
}

/**
 * The rows of several models, image by image, in the order of the models; only of images that all of them have.
 * @param members rows of each by ascending item
 */
export function* commonRows(members: readonly Iterable<Row>[]): Generator<readonly Row[], void, undefined> {
  const iterators = members.map((member) => member[Symbol.iterator]())
  try {
    let rows = iterators.map((iterator) => iterator.next())
    while (rows.every(({ done }) => !done)) {
      const current = rows.map(({ value }) => value as Row)
      const item = Math.max(...current.map((row) => row.item))
      if (current.every((row) => row.item === item)) yield current
      rows = rows.map((row, index) => {
        const behind = current[index]!.item < item || current.every((other) => other.item === item)
        return behind ? iterators[index]!.next() : row
      })
    }
  } finally {
    for (const iterator of iterators) iterator.return?.()
  }
}

function meanOf(rows: readonly Row[]): Row {
  const [first] = rows
  const mean = Float64Array.from(first!.probabilities, (_, index) =>
    rows.reduce((sum, { probabilities }) => sum + probabilities[index]! / rows.length, 0),
  )
  // From the log-probabilities, which do not round to zero where probabilities do.
  const likelihood = rows.reduce((sum, row) => sum + Math.exp(row.logProbability) / rows.length, 0)
  return {
    item: first!.item,
    probabilities: Float32Array.from(mean),
    logProbability: logProbability(likelihood),
  }
}
