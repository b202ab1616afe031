import { join } from 'node:path'
import { scanCsv } from '../../dataset/csv.ts'
import { parseFingerprint } from '../../dataset/fingerprint.ts'
import { imagePath } from '../../dataset/imagePath.ts'
import { splitNamed } from '../../dataset/names.ts'
import { inParallel } from '../../dataset/parallel.ts'
import type { DatasetImage, Manifest } from '../../dataset/types.ts'
import type { SliceProperty, SplitSource } from '../../evaluation/statistics/slices.ts'
import { sharpnessOf } from '../../image/sharpness.ts'
import { cachedJson } from '../../base/cachedJson.ts'
import type { HomeContext } from '../context/home.ts'
import type { Id } from '../../registry/types.ts'

/** Some of a data set's images, by position. */
export interface ImagesAsked {
  readonly dataset: Id
  readonly manifest: Manifest
  readonly positions: readonly number[]
}

/** What is known of images, in their order; each fact is looked for once, whatever the slices that want it. */
export interface Facts {
  property(property: SliceProperty): Promise<readonly (number | null)[]>
  splitSources(): Promise<readonly (SplitSource | null)[]>
}

export function openFacts(context: HomeContext, asked: ImagesAsked): Facts {
  const properties = new Map<SliceProperty, Promise<readonly (number | null)[]>>()
  let sources: Promise<readonly (SplitSource | null)[]> | undefined
  return {
    property(property) {
      const found = properties.get(property) ?? propertyOf(context, asked, property)
      properties.set(property, found)
      return found
    },
    splitSources: () => (sources ??= splitSourcesOf(asked)),
  }
}

/**
 * A property of images, in their order; null where it is not known. Size: shorter side in pixels. Aspect ratio: width by
 * height. Brightness: mean luma, 0–255. Sharpness: see image/sharpness.ts; files are read for it once.
 */
async function propertyOf(
  context: HomeContext,
  asked: ImagesAsked,
  property: SliceProperty,
): Promise<readonly (number | null)[]> {
  const images = asked.positions.map((position) => asked.manifest.images[position]!)
  switch (property) {
    case 'size':
      return images.map(({ info }) => Math.min(info.width, info.height))
    case 'aspect-ratio':
      return images.map(({ info }) => info.width / info.height)
    case 'brightness':
      return images.map(brightnessOf)
    case 'sharpness':
      return sharpness(context, asked)
  }
}

function brightnessOf({ fingerprint }: DatasetImage): number | null {
  if (fingerprint === undefined) return null
  const [red, green, blue] = parseFingerprint(fingerprint).color
  return 0.299 * red + 0.587 * green + 0.114 * blue
}

/** Sharpness of the whole split that the images belong to, kept in the cache: files are decoded once. */
async function sharpness(
  { home, registry }: HomeContext,
  { dataset, manifest, positions }: ImagesAsked,
): Promise<readonly (number | null)[]> {
  const splits = new Set(positions.map((position) => manifest.images[position]!.split))
  const known = new Map<number, number | null>()
  for (const split of splits) {
    const all = [...manifest.images.keys()].filter((position) => manifest.images[position]!.split === split)
    const file = join(home.cache, 'statistics', `${registry.identity}-${dataset}-${split}-sharpness-1.json`)
    const values = await cachedJson(file, () =>
      inParallel(all, (position) =>
        sharpnessOf(imagePath(manifest, manifest.images[position]!)).catch(() => null),
      ),
    )
    all.forEach((position, index) => known.set(position, values[index] ?? null))
  }
  return positions.map((position) => known.get(position) ?? null)
}

/** Whether the source states an image's split (by its folder, or in its CSV file) or the studio drew it. */
async function splitSourcesOf({
  manifest,
  positions,
}: ImagesAsked): Promise<readonly (SplitSource | null)[]> {
  const given = await givenSplits(manifest)
  return positions.map((position) => {
    const image = manifest.images[position]!
    const stated = given(image.path)
    if (stated === undefined) return null
    return stated === image.split ? 'given' : 'drawn'
  })
}

/** Split that the source states by path; null: none; undefined: not known any more. */
async function givenSplits({
  images,
  source,
}: Manifest): Promise<(path: string) => string | null | undefined> {
  if (source?.kind === 'csv') {
    const entries = await scanCsv(source.path).then(
      (scan) => new Map(scan.entries.map(({ path, given }) => [path, given])),
      () => undefined,
    )
    return (path) => entries?.get(path)
  }
  const first = (path: string): string => path.slice(0, Math.max(0, path.indexOf('/')))
  // A class may be called "train"; where all folders at the top name splits, they are splits.
  const hasSplits = images.every(({ path }) => splitNamed(first(path)) !== undefined)
  return (path) => (hasSplits ? splitNamed(first(path))! : null)
}
