import { coefficientCount, parseFingerprint, type Fingerprint } from './fingerprint.ts'
import type { DatasetImage } from './types.ts'

type Fingerprinted = Pick<DatasetImage, 'hash' | 'fingerprint'>

/** Groups of positions in the image list, each ascending, ordered by their first. */
export type Groups = readonly (readonly number[])[]

export interface Duplicates {
  /** Same bytes. */
  readonly exact: Groups
  /** Alike to the eye, of at least two different contents; exact copies of the members are in it. */
  readonly near: Groups
  /** Both: what belongs into one split. No image is in two groups. */
  readonly together: Groups
}

/**
 * Correlation above 0.998. Re-encoded and rescaled copies lie below 0.03, seldom above 0.06; of the 60,000 images of
 * Fashion-MNIST, as alike as photos of different things get, one in 300 has such a neighbor.
 */
export const nearDistance = 0.06

export function findDuplicates(images: readonly Fingerprinted[]): Duplicates {
  const copies = new Map<string, number[]>()
  images.forEach(({ hash }, index) => {
    const group = copies.get(hash)
    if (group) group.push(index)
    else copies.set(hash, [index])
  })
  const contents = [...copies.values()]
  const alike = nearGroups(contents.map(([first]) => images[first!]!.fingerprint))
  const exact = contents.filter((group) => group.length > 1)
  const near = ordered(alike.map((group) => group.flatMap((content) => contents[content]!)))
  const inNear = new Set(near.flat())
  return { exact, near, together: ordered([...near, ...exact.filter(([first]) => !inNear.has(first!))]) }
}

/** Groups of two and more fingerprints, linked by distances up to `nearDistance`; chains make one group. */
export function nearGroups(fingerprints: readonly (string | undefined)[]): Groups {
  const parsed = fingerprints.map((text) => (text === undefined ? undefined : parseFingerprint(text)))
  const sets = disjointSets(parsed.length)
  const grid = gridOf(parsed)
  parsed.forEach((fingerprint, index) => {
    if (!fingerprint) return
    for (const other of grid.neighbors(fingerprint))
      if (sets.find(other) !== sets.find(index) && isNear(fingerprint, parsed[other]!))
        sets.join(other, index)
    grid.add(fingerprint, index)
  })
  return sets.groups()
}

/** Same color cast, and unless plain the same picture at whatever brightness. */
function isNear(a: Fingerprint, b: Fingerprint): boolean {
  const [red, green, blue] = a.color.map((level, channel) => level - b.color[channel]!) as [
    number,
    number,
    number,
  ]
  if (Math.abs(red - green) > castTolerance || Math.abs(blue - green) > castTolerance) return false
  const brightness = isPlain(a) || isPlain(b) ? plainTolerance : brightnessTolerance
  return Math.abs(green) <= brightness && squaredDistance(a.vector, b.vector) <= nearDistance ** 2
}

/** Levels. */
const castTolerance = 24
const brightnessTolerance = 64
const plainTolerance = 6

/** A vector much shorter than 1: there is no picture to compare, only its color. */
function isPlain({ vector }: Fingerprint): boolean {
  return vector.reduce((sum, value) => sum + value * value, 0) < 0.5
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let index = 0; index < coefficientCount && sum <= nearDistance ** 2; index++) {
    const difference = a[index]! - b[index]!
    sum += difference * difference
  }
  return sum
}

/**
 * A grid over the four coefficients that vary most. What is within `nearDistance` differs by no more in any of them,
 * so it lies in one of the 81 cells around: none is missed, and few others are looked at.
 */
function gridOf(all: readonly (Fingerprint | undefined)[]): {
  add(fingerprint: Fingerprint, index: number): void
  neighbors(fingerprint: Fingerprint): Generator<number>
} {
  const axes = widestAxes(all)
  const cells = new Map<number, number[]>()
  const side = Math.ceil(2 / nearDistance) + 4
  const place = (fingerprint: Fingerprint): number =>
    axes.reduce((key, axis) => key * side + Math.floor((fingerprint.vector[axis]! + 1) / nearDistance) + 1, 0)
  const offsets = around.map((steps) => steps.reduce((key, step) => key * side + step, 0))
  return {
    add(fingerprint, index) {
      const key = place(fingerprint)
      const cell = cells.get(key)
      if (cell) cell.push(index)
      else cells.set(key, [index])
    },
    *neighbors(fingerprint) {
      const key = place(fingerprint)
      for (const offset of offsets) {
        const cell = cells.get(key + offset)
        if (cell) yield* cell
      }
    },
  }
}

/** All steps of −1, 0, 1 along four axes. */
const around: readonly (readonly number[])[] = Array.from({ length: 81 }, (_, index) =>
  [27, 9, 3, 1].map((power) => (Math.floor(index / power) % 3) - 1),
)

function widestAxes(all: readonly (Fingerprint | undefined)[]): readonly number[] {
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
  return [...variance.keys()].sort((a, b) => variance[b]! - variance[a]!).slice(0, 4)
}

/** Union–find with path halving; the smaller position leads. */
export function disjointSets(count: number): {
  find(member: number): number
  join(a: number, b: number): void
  /** Sets of two and more. */
  groups(): Groups
} {
  const parents = Int32Array.from({ length: count }, (_, index) => index)
  const find = (member: number): number => {
    let current = member
    while (parents[current] !== current) {
      parents[current] = parents[parents[current]!]!
      current = parents[current]!
    }
    return current
  }
  return {
    find,
    join(a, b) {
      const [first, second] = [find(a), find(b)]
      parents[Math.max(first, second)] = Math.min(first, second)
    },
    groups() {
      const sets = new Map<number, number[]>()
      for (let member = 0; member < count; member++) {
        const leader = find(member)
        if (leader === member && !sets.has(leader)) sets.set(leader, [])
        sets.get(leader)!.push(member)
      }
      return [...sets.values()].filter((set) => set.length > 1)
    },
  }
}

function ordered(groups: readonly (readonly number[])[]): Groups {
  return groups.map((group) => [...group].sort((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!)
}
