import { findDuplicates, type Groups } from './duplicates.ts'
import { splits, type DatasetImage, type Manifest, type Split } from './types.ts'

export interface DuplicateGroup {
  /** exact: the same bytes. near: alike to the eye. */
  readonly kind: 'exact' | 'near'
  readonly images: readonly { readonly path: string; readonly className: string; readonly split: Split }[]
  /** Numbers of splits and classes that they lie in: more than one is leakage, or a conflict of labels. */
  readonly splits: readonly Split[]
  readonly classes: readonly string[]
}

/** Held-out images that training has seen; each counts once. */
export interface Leakage {
  /** Images of validation and test of which training has the same bytes. */
  readonly exact: number
  /** Images of validation and test that look like one in training, without those in `exact`. */
  readonly near: number
}

export interface DuplicateReport {
  readonly exactDuplicates: readonly DuplicateGroup[]
  readonly nearDuplicates: readonly DuplicateGroup[]
  readonly leakage: Leakage
  /** Groups whose members have different labels. */
  readonly labelConflicts: readonly DuplicateGroup[]
}

export function duplicateReport(manifest: Manifest): DuplicateReport {
  const { exact, near } = findDuplicates(manifest.images)
  const exactDuplicates = exact.map((group) => described(manifest, group, 'exact'))
  const nearDuplicates = near.map((group) => described(manifest, group, 'near'))
  const leaked = leakedImages(manifest.images, exact)
  const alike = leakedImages(manifest.images, near)
  return {
    exactDuplicates,
    nearDuplicates,
    leakage: { exact: leaked.size, near: [...alike].filter((index) => !leaked.has(index)).length },
    labelConflicts: [...exactDuplicates, ...nearDuplicates].filter(({ classes }) => classes.length > 1),
  }
}

/** How many images groups hold. @param groups positions or paths */
export function tallyOf(groups: readonly (readonly (number | string)[])[]) {
  return { images: new Set(groups.flat()).size, groups: groups.length }
}

function described(
  { images, classes }: Manifest,
  group: readonly number[],
  kind: DuplicateGroup['kind'],
): DuplicateGroup {
  const members = group.map((index) => images[index]!)
  const present = new Set(members.map(({ split }) => split))
  return {
    kind,
    images: members.map(({ path, label, split }) => ({ path, className: classes[label]!, split })),
    splits: splits.filter((split) => present.has(split)),
    classes: [...new Set(members.map(({ label }) => label))]
      .sort((a, b) => a - b)
      .map((label) => classes[label]!),
  }
}

function leakedImages(images: readonly DatasetImage[], groups: Groups): Set<number> {
  const leaked = new Set<number>()
  for (const group of groups) {
    if (!group.some((index) => images[index]!.split === 'train')) continue
    for (const index of group) if (images[index]!.split !== 'train') leaked.add(index)
  }
  return leaked
}
