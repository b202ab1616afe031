import { mirrorInvariant, parseFingerprint, type Fingerprint } from './fingerprint.ts'
import { forEachNear } from './neighbors.ts'
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
  const join = (a: number, b: number): void => {
    if (sets.find(a) !== sets.find(b) && sameColor(parsed[a]!, parsed[b]!)) sets.join(a, b)
  }
  forEachNear(parsed, join)
  // Mirrored copies: training mirrors, so that they are no more new to it.
  forEachNear(
    parsed.map((one) => one && mirrorInvariant(one)),
    join,
  )
  return sets.groups()
}

/** Same color cast; and the same brightness, too, where there is no picture to compare. */
function sameColor(a: Fingerprint, b: Fingerprint): boolean {
  const [red, green, blue] = a.color.map((level, channel) => level - b.color[channel]!) as [
    number,
    number,
    number,
  ]
  if (Math.abs(red - green) > castTolerance || Math.abs(blue - green) > castTolerance) return false
  return Math.abs(green) <= (isPlain(a) || isPlain(b) ? plainTolerance : brightnessTolerance)
}

/** Levels. */
const castTolerance = 24
const brightnessTolerance = 64
const plainTolerance = 6

/** A vector much shorter than 1. */
function isPlain({ vector }: Fingerprint): boolean {
  return vector.reduce((sum, value) => sum + value * value, 0) < 0.5
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
