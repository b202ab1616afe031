import { expect, test } from 'vitest'
import { random } from '../../../core/base/random.ts'
import { leaveOneOut } from '../../../core/training/features/leaveOneOut.ts'

const source = random(4)
const [classes, count] = [8, 64]
const labels = Int32Array.from({ length: count }, (_, index) => index % classes)
const examples = (signal: number): Float32Array[] =>
  Array.from(labels, (label) =>
    Float32Array.from({ length: 16 }, (_, feature) => (feature === label ? signal : 0) + source.uniform()),
  )

test('classes that features tell apart are told apart', () => {
  const { loss, accuracy, losses } = leaveOneOut([examples(5)], labels, classes)
  expect(accuracy).toBe(1)
  expect(losses).toHaveLength(count)
  expect(losses.reduce((sum, one) => sum + one, 0) / count).toBeCloseTo(loss, 10)
  expect(loss).toBeLessThan(0.3)
})

test('what says nothing of the classes is worth no more than guessing', () => {
  const { loss, accuracy } = leaveOneOut([examples(0)], labels, classes)
  expect(loss).toBeGreaterThan(1 - 1 / classes)
  expect(accuracy).toBeLessThan(0.4)
})

test('a block of many features that say nothing does not drown one of few', () => {
  const noise = Array.from(labels, () => Float32Array.from({ length: 2000 }, () => source.uniform()))
  const both = leaveOneOut([examples(5), noise], labels, classes)
  expect(both.accuracy).toBe(1)
})

test('each example is missed by what a fit without it misses it by', () => {
  const rows = examples(1)
  const { losses } = leaveOneOut([rows], labels, classes)
  const size = 16
  const all = [...rows.keys()]
  const mean = (of: readonly number[], index: number): number =>
    of.reduce((sum, row) => sum + rows[row]![index]!, 0) / of.length
  const means = Array.from({ length: size }, (_, index) => mean(all, index))
  const deviations = means.map((own, index) =>
    Math.sqrt(all.reduce((sum, row) => sum + (rows[row]![index]! - own) ** 2, 0) / count),
  )
  // Features are standardized once; the fit has its own intercept.
  const x = rows.map((row) => means.map((own, index) => (row[index]! - own) / deviations[index]!))
  for (const left of [0, 17, 63]) {
    const rest = all.filter((row) => row !== left)
    const center = means.map((_, index) => rest.reduce((sum, row) => sum + x[row]![index]!, 0) / rest.length)
    const at = (row: number): number[] => x[row]!.map((value, index) => value - center[index]!)
    // Ridge in its primal form: (XᵀX/size + λ)w = Xᵀy
    const normal = means.map((_, a) =>
      means.map(
        (__, b) => rest.reduce((sum, row) => sum + at(row)[a]! * at(row)[b]!, 0) / size + (a === b ? 0.1 : 0),
      ),
    )
    let expected = 0
    for (let k = 0; k < classes; k++) {
      const y = (row: number): number => (labels[row] === k ? 1 : 0)
      const share = rest.reduce((sum, row) => sum + y(row), 0) / rest.length
      const right = means.map((_, a) => rest.reduce((sum, row) => sum + at(row)[a]! * (y(row) - share), 0))
      const w = eliminated(normal, right)
      const score = share + at(left).reduce((sum, value, index) => sum + (value * w[index]!) / size, 0)
      expected += (score - y(left)) ** 2
    }
    expect(losses[left]).toBeCloseTo(expected, 6)
  }
})

/** The solution of a system of linear equations, by Gauss. */
function eliminated(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index]!])
  for (const [pivot, top] of rows.entries()) {
    for (const row of rows) {
      if (row === top) continue
      const factor = row[pivot]! / top[pivot]!
      row.forEach((value, index) => (row[index] = value - factor * top[index]!))
    }
  }
  return rows.map((row, index) => row.at(-1)! / row[index]!)
}
