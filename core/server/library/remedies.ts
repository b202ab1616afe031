import type { DuplicatePositions } from '../../jobs/tasks/health.ts'
import type { Split } from '../../dataset/types.ts'
import type { Finding, ImageIssue } from '../api/types.ts'

interface Facts {
  readonly groups: readonly DuplicatePositions[]
  readonly issues: Readonly<Record<ImageIssue, readonly number[]>>
}

/** What the network is measured on is the last to be given up. */
const worth: Readonly<Record<Split, number>> = { test: 2, validation: 1, train: 0 }

/**
 * Positions of the images that one click leaves out, ascending: of duplicates all but the first; of leakage those that
 * train with what is held out; small images. Nothing where labels conflict: which is right is for a person to say.
 * @param isOut what will be left out already, and so is no longer the first of its group
 */
export function remedy(
  code: Finding['code'],
  { groups, issues }: Facts,
  isOut: (position: number) => boolean = () => false,
): readonly number[] {
  if (code === 'small-images') return issues.small.filter((position) => !isOut(position))
  const choose = choices[code]
  if (!choose) return []
  const out = new Set(groups.flatMap((group) => choose(without(group, isOut))))
  return [...out].sort((a, b) => a - b)
}

type Choose = (group: DuplicatePositions) => readonly number[]

const butFirst =
  (kind: DuplicatePositions['kind']): Choose =>
  (group) =>
    group.kind === kind && !group.acrossClasses ? group.positions.slice(1) : []

const choices: Readonly<Partial<Record<Finding['code'], Choose>>> = {
  'exact-duplicates': butFirst('exact'),
  'near-duplicates': butFirst('near'),
  leakage: ({ positions, splits, acrossSplits, acrossClasses }) => {
    if (!acrossSplits || acrossClasses) return []
    const most = Math.max(...splits.map((split) => worth[split]))
    return positions.filter((_, index) => worth[splits[index]!] < most)
  },
}

function without(group: DuplicatePositions, isOut: (position: number) => boolean): DuplicatePositions {
  const kept = [...group.positions.keys()].filter((index) => !isOut(group.positions[index]!))
  const splits = kept.map((index) => group.splits[index]!)
  return {
    ...group,
    acrossSplits: new Set(splits).size > 1,
    positions: kept.map((index) => group.positions[index]!),
    splits,
  }
}
