import { coefficientCount, type Fingerprint } from './fingerprint.ts'

/**
 * Correlation above 0.998. Re-encoded and rescaled copies lie below 0.03, seldom above 0.06; of the 60,000 images of
 * Fashion-MNIST, as alike as photos of different things get, one in 300 has such a neighbor.
 */
export const nearDistance = 0.06

export interface NeighborSearch {
  /** Calls `found` with each fingerprint added before that is within `nearDistance`, then adds this one. */
  add(index: number, found: (other: number) => void): void
}

/**
 * A grid over the coefficients that vary most. What is within `nearDistance` differs by no more along any of them, so
 * it lies in one of the 3⁴ cells around: none is missed. The others are told apart by their next-widest coefficients,
 * mostly after a few.
 */
export function neighborSearch(all: readonly (Fingerprint | undefined)[]): NeighborSearch {
  const vectors = widestFirst(all)
  const cells = new Map<number, number[]>()

  function search(at: number, cell: readonly number[], found: (other: number) => void): void {
    for (const other of cell) if (isNear(vectors, at, other * coefficientCount)) found(other)
  }

  return {
    add(index, found) {
      const at = index * coefficientCount
      const key = cellOf(vectors, at)
      for (const offset of around) {
        const cell = cells.get(key + offset)
        if (cell) search(at, cell, found)
      }
      const own = cells.get(key)
      if (own) own.push(index)
      else cells.set(key, [index])
    },
  }
}

const axes = 6
const cellsPerAxis = Math.ceil(2 / nearDistance) + 4

function cellOf(vectors: Float32Array, at: number): number {
  let key = 0
  for (let axis = 0; axis < axes; axis++)
    key = key * cellsPerAxis + 1 + Math.floor((vectors[at + axis]! + 1) / nearDistance)
  return key
}

/** What leads from a cell's key to those of its neighbors and itself. */
const around: readonly number[] = Array.from({ length: 3 ** axes }, (_, index) => {
  let key = 0
  for (let power = 3 ** (axes - 1); power >= 1; power /= 3)
    key = key * cellsPerAxis + (Math.floor(index / power) % 3) - 1
  return key
})

function isNear(vectors: Float32Array, a: number, b: number): boolean {
  let sum = 0
  for (let axis = 0; axis < coefficientCount; axis++) {
    const difference = vectors[a + axis]! - vectors[b + axis]!
    sum += difference * difference
    if (sum > nearDistance * nearDistance) return false
  }
  return true
}

/** All vectors in one array, `coefficientCount` values each, the coefficients in order of their variance. */
function widestFirst(all: readonly (Fingerprint | undefined)[]): Float32Array {
  const sums = new Float64Array(coefficientCount)
  const squares = new Float64Array(coefficientCount)
  let count = 0
  for (const fingerprint of all) {
    if (!fingerprint) continue
    fingerprint.vector.forEach((value, axis) => {
      sums[axis]! += value
      squares[axis]! += value * value
    })
    count++
  }
  const variance = squares.map((square, axis) => square / count - (sums[axis]! / count) ** 2)
  const order = [...variance.keys()].sort((a, b) => variance[b]! - variance[a]!)
  const vectors = new Float32Array(all.length * coefficientCount)
  all.forEach((fingerprint, index) => {
    if (fingerprint)
      order.forEach((axis, place) => (vectors[index * coefficientCount + place] = fingerprint.vector[axis]!))
  })
  return vectors
}
