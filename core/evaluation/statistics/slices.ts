import { wilsonInterval } from '../metrics.ts'
import type { Interval } from '../types.ts'
import { quantile } from './resampling.ts'

/** Measures that images are sliced by. */
export const sliceProperties = ['size', 'aspect-ratio', 'brightness', 'sharpness'] as const
export type SliceProperty = (typeof sliceProperties)[number]

/** What images are sliced by: a property, or the slices that a person saved. */
export const sliceKinds = [...sliceProperties, 'split-source', 'class', 'saved'] as const
export type SliceKind = (typeof sliceKinds)[number]

/** Errors on some of the images. */
export interface SliceResult {
  readonly images: number
  readonly errors: number
  /** 0–1; null where no image is in the slice. */
  readonly error: number | null
  /** 95%, Wilson. */
  readonly interval: Interval | null
}

/** Images whose value is at least `low` and below `high`; of the last one `high` belongs to it. */
export interface Range {
  readonly low: number
  readonly high: number
  readonly last: boolean
}

/** @param members indices of images; @param right 1 where the answer was right */
export function sliceResult(members: readonly number[], right: ArrayLike<number>): SliceResult {
  const images = members.length
  const errors = members.filter((image) => right[image] === 0).length
  if (images === 0) return { images, errors, error: null, interval: null }
  return { images, errors, error: errors / images, interval: wilsonInterval(errors, images) }
}

/** At most `parts` ranges with about as many images each; equal values stay in one. */
export function rangesOf(values: readonly number[], parts = 4): readonly Range[] {
  if (values.length === 0) return []
  const sorted = Float64Array.from(values).sort()
  const edges = Array.from({ length: parts + 1 }, (_, index) => quantile(sorted, index / parts))
  const distinct = edges.filter((edge, index) => index === 0 || edge > edges[index - 1]!)
  if (distinct.length === 1) return [{ low: distinct[0]!, high: distinct[0]!, last: true }]
  return distinct.slice(1).map((high, index) => ({
    low: distinct[index]!,
    high,
    last: index === distinct.length - 2,
  }))
}

export function inRange(value: number, { low, high, last }: Range): boolean {
  return value >= low && (last ? value <= high : value < high)
}

/** What images a slice has. */
export type SliceDefinition =
  | { readonly by: SliceProperty; readonly low: number | null; readonly high: number | null }
  | { readonly by: 'class'; readonly class: string }
  | { readonly by: 'split-source'; readonly source: SplitSource }
  /** A selection: paths as in the manifest. */
  | { readonly by: 'selection'; readonly paths: readonly string[] }

/** Whether the source of a data set states the split of an image, or the studio drew it. */
export const splitSources = ['given', 'drawn'] as const
export type SplitSource = (typeof splitSources)[number]

export interface SavedSlice {
  readonly name: string
  readonly definition: SliceDefinition
}

/** A slice as a title: `small`, `64 to 128`, `apple`. @param name null for one that was not saved */
export function sliceTitle({
  name,
  definition,
}: {
  readonly name: string | null
  readonly definition: SliceDefinition
}): string {
  if (name !== null) return name
  switch (definition.by) {
    case 'class':
      return definition.class
    case 'split-source':
      return definition.source
    case 'selection':
      return `${definition.paths.length} images`
    default: {
      const text = (value: number): string => String(+value.toPrecision(4))
      const { low, high } = definition
      if (low === null) return high === null ? 'all' : `below ${text(high)}`
      return high === null ? `${text(low)} and more` : `${text(low)} to ${text(high)}`
    }
  }
}
