import { permutation, random, type Random } from '../base/random.ts'

export const samplings = ['shuffle', 'balanced'] as const
export type Sampling = (typeof samplings)[number]

/** Names this module's random stream: 'orde'. */
const ORDER = 0x6f726465

/**
 * The order in which an epoch shows the items: as many positions as there are items.
 * `shuffle` shows each once. `balanced` shows each class equally often (to within one image): large classes give a
 * random part of their images, small ones repeat theirs, each image equally often to within one.
 * Depends on (labels, seed, epoch, sampling) alone.
 *
 * @param labels class index of each item
 */
export function epochOrder(
  labels: readonly number[],
  { seed, epoch, sampling }: { readonly seed: number; readonly epoch: number; readonly sampling: Sampling },
): Uint32Array {
  const source = random(seed, ORDER, epoch)
  if (sampling === 'shuffle') return permutation(labels.length, source)
  const chosen = chooseBalanced(labels, source)
  return permutation(chosen.length, source).map((index) => chosen[index]!)
}

function chooseBalanced(labels: readonly number[], source: Random): number[] {
  const classes = positionsByClass(labels)
  const share = Math.floor(labels.length / classes.length)
  const larger = labels.length % classes.length
  // The classes that get one image more differ from epoch to epoch.
  const rank = permutation(classes.length, source)
  return classes.flatMap((positions, index) =>
    repeatTo(positions, share + (rank[index]! < larger ? 1 : 0), source),
  )
}

function positionsByClass(labels: readonly number[]): number[][] {
  const classes = new Map<number, number[]>()
  labels.forEach((label, position) => {
    const positions = classes.get(label)
    if (positions) positions.push(position)
    else classes.set(label, [position])
  })
  return [...classes.entries()].sort(([a], [b]) => a - b).map(([, positions]) => positions)
}

/** `count` of `positions`: all of them as often as they fit, then a random part. */
function repeatTo(positions: readonly number[], count: number, source: Random): number[] {
  const shuffled = permutation(positions.length, source)
  return Array.from({ length: count }, (_, index) => positions[shuffled[index % positions.length]!]!)
}
