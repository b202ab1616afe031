export type Confusion = readonly (readonly number[])[]
export const classOrders = ['name', 'errors', 'size', 'similar'] as const
export type ClassOrder = (typeof classOrders)[number]

/** What cells show: images, their share of the true class (row), or of all that were predicted likewise (column). */
export const matrixValues = ['counts', 'row', 'column'] as const
export type MatrixValues = (typeof matrixValues)[number]

/** Images of each true class and of each predicted one. */
export interface ConfusionTotals {
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

export function totalsOf(confusion: Confusion): ConfusionTotals {
  const columns = new Array<number>(confusion.length).fill(0)
  const rows = confusion.map((row) => {
    let total = 0
    for (let column = 0; column < row.length; column++) {
      total += row[column]!
      columns[column]! += row[column]!
    }
    return total
  })
  return { rows, columns }
}

/** What a cell shows: a number of images, or a share 0–1, which is 0 where there is nothing to share. */
export function shownValue(
  count: number,
  totals: ConfusionTotals,
  values: MatrixValues,
  at: { readonly truth: number; readonly predicted: number },
): number {
  if (values === 'counts') return count
  return count / Math.max(1, values === 'row' ? totals.rows[at.truth]! : totals.columns[at.predicted]!)
}

/** The greatest of the numbers that are shown. @param onlyErrors the diagonal is not */
export function greatestShown(
  confusion: Confusion,
  totals: ConfusionTotals,
  values: MatrixValues,
  onlyErrors: boolean,
): number {
  let greatest = 0
  for (let truth = 0; truth < confusion.length; truth++) {
    const row = confusion[truth]!
    for (let predicted = 0; predicted < row.length; predicted++) {
      if (row[predicted] === 0 || (onlyErrors && truth === predicted)) continue
      greatest = Math.max(greatest, shownValue(row[predicted]!, totals, values, { truth, predicted }))
    }
  }
  return greatest
}

/**
 * How strong a cell's color is, 0–1: of two numbers that are shown, the greater is never paler, whichever its hue. The
 * root lets rare errors be seen beside a full diagonal.
 */
export const strengthOf = (value: number, greatest: number): number =>
  greatest > 0 ? Math.sqrt(value / greatest) : 0

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Class indices in the order in which rows and columns are drawn. */
export function classOrder(confusion: Confusion, order: ClassOrder): number[] {
  const labels = confusion.map((_, label) => label)
  if (order === 'name') return labels
  const sizes = confusion.map(sum)
  if (order === 'size') return labels.sort((a, b) => sizes[b]! - sizes[a]! || a - b)
  const errors = sizes.map((size, label) => size - confusion[label]![label]!)
  const byErrors = labels.sort((a, b) => errors[b]! - errors[a]! || a - b)
  return order === 'errors' ? byErrors : chained(confusion, byErrors[0])
}

/**
 * Each class is followed by the one left that it is confused with most: blocks appear along the diagonal.
 * @param first undefined without classes
 */
function chained(confusion: Confusion, first: number | undefined): number[] {
  const count = confusion.length
  // Row after row in one array: with a thousand classes it is gone through a thousand times.
  const between = new Float64Array(count * count)
  confusion.forEach((row, a) =>
    row.forEach((value, b) => {
      if (value === 0) return
      between[a * count + b]! += value
      between[b * count + a]! += value
    }),
  )
  const taken = new Uint8Array(count)
  const chain: number[] = []
  let current = first
  while (current !== undefined) {
    chain.push(current)
    taken[current] = 1
    const start = current * count
    let most = -1
    current = undefined
    for (let next = 0; next < count; next++)
      if (taken[next] === 0 && between[start + next]! > most) [most, current] = [between[start + next]!, next]
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
  const found: Pair[] = []
  confusion.forEach((row, truth) => {
    const total = sum(row)
    row.forEach((count, predicted) => {
      if (count > 0 && truth !== predicted) found.push({ truth, predicted, count, share: count / total })
    })
  })
  return found.sort((a, b) => b.count - a.count || b.share - a.share)
}
