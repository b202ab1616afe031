import { coefficientCount, type Fingerprint } from './fingerprint.ts'

/**
 * Correlation above 0.998. Re-encoded and rescaled copies mostly lie below 0.04; of the 60,000 images of Fashion-MNIST,
 * as alike as pictures of different things get, one in 200 has such a neighbor.
 */
export const nearDistance = 0.06

/**
 * Calls `found` with every pair of positions whose fingerprints are within `nearDistance`, each pair once.
 *
 * The vectors lie in a grid over the four coefficients that vary most. What is near differs by no more along any of
 * them, so it lies in the same cell or in one of the 80 around: none is missed. Most of the others are told apart by
 * the next four coefficients, which are kept close together for it. 100,000 images take seconds.
 */
export function forEachNear(
  all: readonly (Fingerprint | undefined)[],
  found: (a: number, b: number) => void,
): void {
  const positions = [...all.keys()].filter((position) => all[position])
  const grid = gridOf(positions.map((position) => all[position]!))
  for (const [key, cell] of grid.cells)
    for (const offset of halfAround) {
      const other = offset === 0 ? cell : grid.cells.get(key + offset)
      if (other) compare(grid, cell, other, (a, b) => found(positions[a]!, positions[b]!))
    }
}

/** A range of places in the sorted arrays. */
interface Cell {
  readonly start: number
  end: number
}

/** Fingerprints sorted by cell, so that a cell's are neighbors in memory. */
interface Grid {
  readonly cells: ReadonlyMap<number, Cell>
  /** The position of each. */
  readonly members: readonly number[]
  /** `coefficientCount` values each, in order of their variance. */
  readonly vectors: Float32Array
  /** Values number `axes` to `axes + quickCount` of each once more. */
  readonly quick: Float32Array
}

const axes = 4
const quickCount = 4
const cellsPerAxis = Math.ceil(2 / nearDistance) + 4

/** What leads from a cell's key to its own and those of half of the cells around; from those the other half leads here. */
const halfAround: readonly number[] = Array.from({ length: 3 ** axes }, (_, index) => {
  let key = 0
  for (let power = 3 ** (axes - 1); power >= 1; power /= 3)
    key = key * cellsPerAxis + (Math.floor(index / power) % 3) - 1
  return key
}).filter((key) => key >= 0)

function compare(grid: Grid, cell: Cell, other: Cell, found: (a: number, b: number) => void): void {
  const { quick, members } = grid
  const limit = nearDistance * nearDistance
  for (let a = cell.start; a < cell.end; a++) {
    const [q0, q1, q2, q3] = [quick[a * 4]!, quick[a * 4 + 1]!, quick[a * 4 + 2]!, quick[a * 4 + 3]!]
    for (let b = cell === other ? a + 1 : other.start; b < other.end; b++) {
      const d0 = q0 - quick[b * 4]!
      const d1 = q1 - quick[b * 4 + 1]!
      const d2 = q2 - quick[b * 4 + 2]!
      const d3 = q3 - quick[b * 4 + 3]!
      if (d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3 > limit) continue
      if (isNear(grid.vectors, a * coefficientCount, b * coefficientCount)) found(members[a]!, members[b]!)
    }
  }
}

function isNear(vectors: Float32Array, a: number, b: number): boolean {
  let sum = 0
  for (let axis = 0; axis < coefficientCount; axis++) {
    const difference = vectors[a + axis]! - vectors[b + axis]!
    sum += difference * difference
    if (sum > nearDistance * nearDistance) return false
  }
  return true
}

function gridOf(all: readonly Fingerprint[]): Grid {
  const order = byVariance(all)
  const keys = Float64Array.from(all, ({ vector }) => cellOf(vector, order))
  const members = [...all.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b)
  const cells = new Map<number, Cell>()
  const vectors = new Float32Array(all.length * coefficientCount)
  const quick = new Float32Array(all.length * quickCount)
  members.forEach((member, place) => {
    const { vector } = all[member]!
    order.forEach((axis, rank) => (vectors[place * coefficientCount + rank] = vector[axis]!))
    for (let rank = 0; rank < quickCount; rank++)
      quick[place * quickCount + rank] = vector[order[axes + rank]!]!
    const cell = cells.get(keys[member]!)
    if (cell) cell.end = place + 1
    else cells.set(keys[member]!, { start: place, end: place + 1 })
  })
  return { cells, members, vectors, quick }
}

function cellOf(vector: Float32Array, order: readonly number[]): number {
  let key = 0
  for (let axis = 0; axis < axes; axis++)
    key = key * cellsPerAxis + 1 + Math.floor((vector[order[axis]!]! + 1) / nearDistance)
  return key
}

/** The coefficients, those first that tell most images apart. */
function byVariance(all: readonly Fingerprint[]): readonly number[] {
  const sums = new Float64Array(coefficientCount)
  const squares = new Float64Array(coefficientCount)
  for (const { vector } of all)
    vector.forEach((value, axis) => {
      sums[axis]! += value
      squares[axis]! += value * value
    })
  const variance = squares.map((square, axis) => square / all.length - (sums[axis]! / all.length) ** 2)
  return [...variance.keys()].sort((a, b) => variance[b]! - variance[a]!)
}
