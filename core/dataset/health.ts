import { duplicateReport } from './healthDuplicates.ts'
import type { ClassCounts, HealthFacts, Imbalance, ProblemGroup } from './healthFacts.ts'
import { imageFacts } from './healthImages.ts'
import { healthNotes, type Note } from './healthNotes.ts'
import type { Manifest, Split } from './types.ts'

export interface HealthReport extends HealthFacts {
  /** What a person should know, worst first. */
  readonly notes: readonly Note[]
}

export type { DuplicateGroup, DuplicateReport, Leakage } from './healthDuplicates.ts'
export type { Bin, Distribution, ImageFacts } from './healthImages.ts'
export type { Note } from './healthNotes.ts'

/**
 * The report reads no file. It takes seconds at 100,000 images (near duplicates are searched); keep it where it is
 * shown often.
 */
export function healthReport(manifest: Manifest): HealthReport {
  const classes = classCounts(manifest)
  const report = {
    images: manifest.images.length,
    splits: splitCounts(manifest.images),
    classes,
    problems: problemGroups(manifest),
    imbalance: imbalanceOf(classes),
    ...imageFacts(manifest.images),
    ...duplicateReport(manifest),
  }
  return { ...report, notes: healthNotes(report) }
}

function splitCounts(images: readonly { readonly split: Split }[]): Record<Split, number> {
  const counts: Record<Split, number> = { train: 0, validation: 0, test: 0 }
  for (const { split } of images) counts[split]++
  return counts
}

function classCounts({ classes, images }: Manifest): ClassCounts[] {
  const members = classes.map(() => [] as Manifest['images'][number][])
  for (const image of images) members[image.label]!.push(image)
  return classes.map((name, label) => ({
    name,
    images: members[label]!.length,
    splits: splitCounts(members[label]!),
  }))
}

function problemGroups({ problems }: Manifest): ProblemGroup[] {
  const groups = new Map<string, Pick<ProblemGroup, 'reason'> & { paths: string[] }>()
  for (const { code, path, reason } of problems) {
    const group = groups.get(code)
    if (group) group.paths.push(path)
    else groups.set(code, { reason, paths: [path] })
  }
  return [...groups]
    .map(([code, { reason, paths }]) => ({ code, count: paths.length, reason, paths }))
    .sort((a, b) => b.count - a.count)
}

function imbalanceOf(classes: readonly ClassCounts[]): Imbalance {
  const training = classes.map(({ name, splits }) => ({ name, images: splits.train }))
  const largest = training.reduce((best, one) => (one.images > best.images ? one : best))
  const smallest = training.reduce((best, one) => (one.images < best.images ? one : best))
  return { largest, smallest, ratio: smallest.images > 0 ? largest.images / smallest.images : null }
}
