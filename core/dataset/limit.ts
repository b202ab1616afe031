import { permutation, random } from '../base/random.ts'
import type { Entry } from './scan.ts'

/** Entries of one class in one given split, in the order in which a limited import takes them. */
interface Stratum {
  readonly entries: readonly Entry[]
  readonly quota: number
}

/**
 * A stratified choice of about `limit` entries, by rounds: `take` says which to look at first; of those that turn out
 * unusable, `more` gives others of the same class and split in their place, until there are none.
 */
export interface Choice {
  take(): Entry[]
  more(unusable: readonly Entry[]): Entry[]
}

const purpose = 0x11417

/** Proportional to the strata, at least one of each. The draw depends on the seed and the sorted paths. */
export function stratifiedChoice(entries: readonly Entry[], limit: number, seed: number): Choice {
  const strata = strataOf(entries, limit, seed)
  const positions = new Map<string, { next: number; readonly stratum: Stratum }>()
  for (const [key, stratum] of strata) positions.set(key, { next: 0, stratum })

  function draw(key: string, count: number): Entry[] {
    const position = positions.get(key)!
    const drawn = position.stratum.entries.slice(position.next, position.next + count)
    position.next += drawn.length
    return drawn
  }

  return {
    take: () => [...strata].flatMap(([key, { quota }]) => draw(key, quota)),
    more: (unusable) => unusable.flatMap((entry) => draw(keyOf(entry), 1)),
  }
}

const keyOf = ({ className, given }: Entry): string => JSON.stringify([className, given])

function strataOf(entries: readonly Entry[], limit: number, seed: number): Map<string, Stratum> {
  const order = permutation(entries.length, random(seed, purpose))
  const strata = new Map<string, Entry[]>()
  for (const index of order) {
    const entry = entries[index]!
    const stratum = strata.get(keyOf(entry))
    if (stratum) stratum.push(entry)
    else strata.set(keyOf(entry), [entry])
  }
  const keys = [...strata.keys()].sort()
  const quotas = shares(
    keys.map((key) => strata.get(key)!.length),
    limit,
  )
  return new Map(keys.map((key, index) => [key, { entries: strata.get(key)!, quota: quotas[index]! }]))
}

/** Largest remainders; everyone gets one, even where that is more than `limit`. */
function shares(sizes: readonly number[], limit: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (limit >= total) return [...sizes]
  const exact = sizes.map((size) => (size * limit) / total)
  const quotas = exact.map((share) => Math.max(1, Math.floor(share)))
  const byRemainder = [...exact.keys()].sort((a, b) => (exact[b]! % 1) - (exact[a]! % 1) || a - b)
  let left = limit - quotas.reduce((sum, quota) => sum + quota, 0)
  for (const index of byRemainder) {
    if (left <= 0) break
    if (quotas[index]! < exact[index]!) {
      quotas[index]!++
      left--
    }
  }
  return quotas
}
