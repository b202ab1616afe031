export type Confusion = readonly (readonly number[])[]
export type ClassOrder = 'name' | 'errors' | 'size' | 'similar'

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const errorsOf = (confusion: Confusion, label: number): number =>
  sum(confusion[label]!) - confusion[label]![label]!

/** Class indices in the order in which rows and columns are drawn. */
export function classOrder(confusion: Confusion, order: ClassOrder): number[] {
  const labels = confusion.map((_, label) => label)
  if (order === 'errors')
    return labels.sort((a, b) => errorsOf(confusion, b) - errorsOf(confusion, a) || a - b)
  if (order === 'size') return labels.sort((a, b) => sum(confusion[b]!) - sum(confusion[a]!) || a - b)
  return order === 'similar' ? chained(confusion) : labels
}

/** Each class is followed by the one left that it is confused with most: blocks appear along the diagonal. */
function chained(confusion: Confusion): number[] {
  const left = new Set(confusion.keys())
  const between = (a: number, b: number): number => confusion[a]![b]! + confusion[b]![a]!
  const chain: number[] = []
  let current = [...left].sort((a, b) => errorsOf(confusion, b) - errorsOf(confusion, a))[0]
  while (current !== undefined) {
    chain.push(current)
    left.delete(current)
    const last: number = current
    current = [...left].sort((a, b) => between(last, b) - between(last, a) || a - b)[0]
  }
  return chain
}

/** The classes that have an error, in the given order; all where there is none. */
export function withErrors(confusion: Confusion, order: readonly number[]): number[] {
  const wrong = new Set<number>()
  confusion.forEach((row, truth) =>
    row.forEach((value, predicted) => {
      if (truth !== predicted && value > 0) wrong.add(truth).add(predicted)
    }),
  )
  return wrong.size === 0 ? [...order] : order.filter((label) => wrong.has(label))
}

export interface Pair {
  readonly truth: number
  readonly predicted: number
  readonly count: number
  /** Share of the true class's images, 0–1. */
  readonly share: number
}

/** Cells off the diagonal, the most images first. */
export function pairs(confusion: Confusion): Pair[] {
  return confusion
    .flatMap((row, truth) => {
      const total = sum(row)
      return row.map((count, predicted) => ({
        truth,
        predicted,
        count,
        share: total === 0 ? 0 : count / total,
      }))
    })
    .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || b.share - a.share)
}

export const rowTotal = (confusion: Confusion, label: number): number => sum(confusion[label] ?? [])
