import { random } from '../base/random.ts'
import type { Groups } from './duplicates.ts'
import type { ImportOptions, Split } from './types.ts'

/** What the split of an image is decided from. */
export interface Splittable {
  readonly label: number
  /** SHA-256, hex. */
  readonly hash: string
  /** The split that the source states. */
  readonly given: Split | null
  /** The split in the data set's version before. */
  readonly before: Split | null
}

/**
 * The split of each image. In this order of precedence:
 * 1. the source's own split: what lies in its validation or test folder stays there, and nothing is added to it;
 * 2. stability: an image that the version before had keeps its split;
 * 3. duplicates (`groups`) together, with those whose split is settled if there are any;
 * 4. stratification: of each class the fractions, rounded, at least one image for validation from three images on
 *    and for test from four on, at least one for training.
 * A source without a validation split gets one from its training images. It gets a test split only where it brings
 * neither: a source that brings only a validation split keeps the training set whole.
 * The draw depends on the seed and the images' contents, not on names or order.
 */
export function splitImages(
  images: readonly Splittable[],
  groups: Groups,
  options: Pick<ImportOptions, 'validation' | 'test' | 'seed'>,
): Split[] {
  const wanted = wantedSplits(images, options)
  const leavesOpen = images.some(({ given }) => given === null)
  const splits = images.map((image) => settled(image, wanted, leavesOpen))
  joinDuplicates(groups, splits, wanted)
  const open = openUnits(splits, groups)
  const needs = openNeeds(images, splits, wanted)
  for (const unit of shuffled(open, images, options.seed)) assign(unit, images, splits, needs)
  return splits.map((split) => split ?? 'train')
}

type HeldOut = Exclude<Split, 'train'>
type Wanted = Readonly<Record<HeldOut, number>>

/** Fractions to draw; 0 for a split that the source brings or does not want. */
function wantedSplits(images: readonly Splittable[], options: Pick<ImportOptions, HeldOut>): Wanted {
  const brings = (split: Split): boolean => images.some(({ given }) => given === split)
  const validation = brings('validation') ? 0 : options.validation
  return { validation, test: brings('test') || brings('validation') ? 0 : options.test }
}

/**
 * Splits 1 and 2 of the precedence; undefined where it is still open. What the source calls `train` may be drawn from only
 * where it leaves nothing else to draw from.
 */
function settled({ given, before }: Splittable, wanted: Wanted, leavesOpen: boolean): Split | undefined {
  if (given === 'validation' || given === 'test') return given
  if (given === 'train' && leavesOpen) return 'train'
  if (before === 'train') return 'train'
  // A held-out split of the version before holds only where this version draws that split, too.
  if (before !== null && wanted[before] > 0) return before
  return wanted.validation > 0 || wanted.test > 0 ? undefined : 'train'
}

/** Open images follow their settled duplicates, if those agree and nothing is added to a split of the source's own. */
function joinDuplicates(groups: Groups, splits: (Split | undefined)[], wanted: Wanted): void {
  for (const group of groups) {
    const known = new Set(group.flatMap((index) => splits[index] ?? []))
    const [split] = known
    if (known.size !== 1 || (split !== 'train' && wanted[split!] === 0)) continue
    for (const index of group) splits[index] ??= split
  }
}

/** Open images, duplicates as one unit. */
function openUnits(splits: readonly (Split | undefined)[], groups: Groups): number[][] {
  const grouped = new Set(groups.flat())
  const alone = splits.flatMap((split, index) =>
    split === undefined && !grouped.has(index) ? [[index]] : [],
  )
  const together = groups.map((group) => group.filter((index) => splits[index] === undefined))
  return [...alone, ...together.filter((unit) => unit.length > 0)]
}

/** How many images of each class a held-out split still wants, and how many training would keep. */
interface Needs {
  readonly validation: number[]
  readonly test: number[]
  readonly train: number[]
}

function openNeeds(
  images: readonly Splittable[],
  splits: readonly (Split | undefined)[],
  wanted: Wanted,
): Needs {
  const classes = images.reduce((most, { label }) => Math.max(most, label + 1), 0)
  const count = (include: (split: Split | undefined, index: number) => boolean): number[] => {
    const counts = new Array<number>(classes).fill(0)
    images.forEach(({ label }, index) => {
      if (include(splits[index], index)) counts[label]!++
    })
    return counts
  }
  const heldOutForGood = (index: number): boolean =>
    ['validation', 'test'].includes(images[index]!.given ?? '')
  const quotas = count((_, index) => !heldOutForGood(index)).map((total) => quotaOf(total, wanted))
  const has = {
    validation: count((split) => split === 'validation'),
    test: count((split) => split === 'test'),
  }
  return {
    validation: quotas.map((quota, label) =>
      wanted.validation > 0 ? quota.validation - has.validation[label]! : 0,
    ),
    test: quotas.map((quota, label) => (wanted.test > 0 ? quota.test - has.test[label]! : 0)),
    train: count((split) => split === 'train' || split === undefined),
  }
}

/** Quota of a class with `total` images. */
function quotaOf(total: number, wanted: Wanted): Record<HeldOut, number> {
  const share = (fraction: number, from: number): number =>
    fraction === 0 ? 0 : Math.max(Math.round(total * fraction), total >= from ? 1 : 0)
  const test = Math.min(share(wanted.test, 4), Math.max(0, total - 1))
  const validation = Math.min(share(wanted.validation, 3), Math.max(0, total - 1 - test))
  return { validation, test }
}

/** Order by a draw from each content: a file added later changes nothing for the others. */
function shuffled(units: readonly number[][], images: readonly Splittable[], seed: number): number[][] {
  const draw = (index: number): number => {
    const { hash } = images[index]!
    const words = [0, 8, 16, 24].map((at) => Number.parseInt(hash.slice(at, at + 8), 16) || 0)
    return random(seed, ...words).uniform()
  }
  const keyed = units.map((unit) => ({ unit, key: Math.min(...unit.map(draw)) }))
  return keyed.sort((a, b) => a.key - b.key || a.unit[0]! - b.unit[0]!).map(({ unit }) => unit)
}

function assign(
  unit: readonly number[],
  images: readonly Splittable[],
  splits: (Split | undefined)[],
  needs: Needs,
): void {
  const counts = new Map<number, number>()
  for (const index of unit) counts.set(images[index]!.label, (counts.get(images[index]!.label) ?? 0) + 1)
  const fits = (split: HeldOut): boolean =>
    [...counts].every(([label, count]) => needs[split][label]! * 2 > count && needs.train[label]! > count)
  const split = (['test', 'validation'] as const).find(fits) ?? 'train'
  for (const index of unit) splits[index] = split
  if (split === 'train') return
  for (const [label, count] of counts) {
    needs[split][label]! -= count
    needs.train[label]! -= count
  }
}
