import { findDuplicates, type Groups } from '../dataset/duplicates.ts'

import type { DatasetImage, Manifest, Split } from '../dataset/types.ts'
import type { Id } from '../registry/types.ts'
import type { JobContext } from './context.ts'

/** Of a list of numbers: its range, its middle, and how many lie in each of a few equal parts of the range. */
export interface Histogram {
  readonly minimum: number
  readonly median: number
  readonly maximum: number
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[]
}

/** The same picture (`exact`: the same bytes) more than once. */
export interface DuplicatePositions {
  readonly kind: 'exact' | 'near'
  /** In more than one split: what is measured on the one was learned on the other. */
  readonly acrossSplits: boolean
  /** In more than one class: at least one label is wrong. */
  readonly acrossClasses: boolean
  /** In the data set. */
  readonly positions: readonly number[]
}

/** What can be said about a data set's images without looking at their files. */
export interface DatasetReport {
  /** Per class, in the classes' order: images of each split. */
  readonly counts: readonly Readonly<Record<Split, number>>[]
  readonly duplicates: readonly DuplicatePositions[]
  /** Pixels. */
  readonly shorterSide: Histogram
  /** Width ÷ height. */
  readonly aspectRatio: Histogram
  readonly colorModes: readonly { readonly name: string; readonly count: number }[]
  readonly formats: readonly { readonly name: string; readonly count: number }[]
  /** Positions of images whose shorter side is below 32 pixels: enlarged they are mostly blur. */
  readonly small: readonly number[]
  readonly bytes: number
}

export const smallSide = 32

/** @throws StudioError `not-found` */
export async function datasetReport(
  { registry }: JobContext,
  { dataset }: { dataset: Id },
): Promise<DatasetReport> {
  return reportOn(registry.datasets.manifest(dataset))
}

export function reportOn({ classes, images }: Pick<Manifest, 'classes' | 'images'>): DatasetReport {
  const counts = classes.map(() => ({ train: 0, validation: 0, test: 0 }))
  for (const { label, split } of images) counts[label]![split]++
  const shorter = images.map(({ info }) => Math.min(info.width, info.height))
  return {
    counts,
    duplicates: duplicatesOf(images),
    shorterSide: histogram(shorter),
    aspectRatio: histogram(images.map(({ info }) => info.width / info.height)),
    colorModes: tally(
      images.map(({ info }) => (info.alpha ? `${info.colorMode} with alpha` : info.colorMode)),
    ),
    formats: tally(images.map(({ info }) => info.format)),
    small: [...shorter.keys()].filter((position) => shorter[position]! < smallSide),
    bytes: images.reduce((sum, { info }) => sum + info.bytes, 0),
  }
}

function duplicatesOf(images: readonly DatasetImage[]): readonly DuplicatePositions[] {
  const { exact, near } = findDuplicates(images)
  const described = (kind: 'exact' | 'near', groups: Groups): readonly DuplicatePositions[] =>
    groups.map((positions) => ({
      kind,
      acrossSplits: new Set(positions.map((at) => images[at]!.split)).size > 1,
      acrossClasses: new Set(positions.map((at) => images[at]!.label)).size > 1,
      positions,
    }))
  return [...described('exact', exact), ...described('near', near)]
}

const binCount = 20

export function histogram(values: readonly number[]): Histogram {
  if (values.length === 0) return { minimum: 0, median: 0, maximum: 0, bins: [] }
  const sorted = Float64Array.from(values).sort()
  const minimum = sorted[0]!
  const maximum = sorted.at(-1)!
  const width = (maximum - minimum) / binCount
  const counts = new Array<number>(width === 0 ? 1 : binCount).fill(0)
  for (const value of sorted) {
    const bin = width === 0 ? 0 : Math.min(counts.length - 1, Math.floor((value - minimum) / width))
    counts[bin]!++
  }
  const bins = counts.map((count, index) => ({
    from: minimum + index * width,
    to: index === counts.length - 1 ? maximum : minimum + (index + 1) * width,
    count,
  }))
  return { minimum, median: sorted[Math.floor(sorted.length / 2)]!, maximum, bins }
}

/** The most frequent first. */
function tally(names: readonly string[]): readonly { name: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count)
}
