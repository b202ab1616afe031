import { duplicateReport, type DuplicateReport } from './health-duplicates.ts'
import { imageFacts, type ImageFacts } from './health-images.ts'
import { healthNotes, type Note } from './health-notes.ts'
import type { Manifest, Split } from './types.ts'

export interface ClassCounts {
  readonly name: string
  readonly images: number
  readonly splits: Readonly<Record<Split, number>>
}

/** Problems of one kind. */
export interface ProblemGroup {
  readonly code: string
  readonly count: number
  /** The first one's: they read alike. */
  readonly reason: string
  readonly paths: readonly string[]
}

export interface Imbalance {
  readonly largest: { readonly name: string; readonly images: number }
  readonly smallest: { readonly name: string; readonly images: number }
  /** Training images of the largest class per one of the smallest; null where the smallest has none. */
  readonly ratio: number | null
}

/** All that a manifest tells about a data set before anything trains on it. */
export interface HealthReport extends ImageFacts, DuplicateReport {
  readonly images: number
  readonly splits: Readonly<Record<Split, number>>
  /** In the order of the labels. */
  readonly classes: readonly ClassCounts[]
  /** Most frequent first. */
  readonly problems: readonly ProblemGroup[]
  readonly imbalance: Imbalance
  /** What a person should know, worst first. */
  readonly notes: readonly Note[]
}

export type { DuplicateGroup, DuplicateReport, Leakage } from './health-duplicates.ts'
export type { Bin, Distribution, ImageFacts } from './health-images.ts'
export type { Note } from './health-notes.ts'

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
  const groups = new Map<string, { reason: string; paths: string[] }>()
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
