import { join } from 'node:path'
import { version } from '../../base/version.ts'
import { healthReport, type DuplicateGroup, type HealthReport } from '../../dataset/health.ts'
import type { Manifest, Split } from '../../dataset/types.ts'
import type { Id } from '../../registry/types.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Home, HomeContext } from '../context/home.ts'
import { cachedJson, readCachedJson } from '../../base/cachedJson.ts'

/** The same picture (`exact`: the same bytes) more than once. */
export interface DuplicatePositions {
  readonly kind: 'exact' | 'near'
  /** Whether it is in more than one split: what is measured on the one was learned on the other. */
  readonly acrossSplits: boolean
  /** Whether it is in more than one class: at least one label is wrong. */
  readonly acrossClasses: boolean
  /** Positions in the data set, ascending. */
  readonly positions: readonly number[]
  /** Split of each of them. */
  readonly splits: readonly Split[]
}

type Lists = 'exactDuplicates' | 'nearDuplicates' | 'labelConflicts' | 'misnamed'

/** A data set's health report, for a window that shows images by their positions. */
export interface DatasetReport extends Omit<HealthReport, Lists> {
  readonly duplicates: readonly DuplicatePositions[]
  readonly misnamed: number
  /** Positions of images whose shorter side is below `smallSide`. */
  readonly small: readonly number[]
}

/** Pixels. Smaller images are mostly blur when they are enlarged. */
export const smallSide = 32

/** Raised where the same manifest gives another report. */
const reportVersion = 2

/**
 * Made once for each version of a data set, which never changes, and kept in the cache: near duplicates take seconds.
 * @throws StudioError `not-found`
 */
export async function datasetReport(
  context: HomeContext,
  { dataset }: { readonly dataset: Id },
): Promise<DatasetReport> {
  const { registry } = context
  const { id } = registry.datasets.get(dataset)
  return cachedJson(fileOf(context, id), () => reportOn(registry.datasets.manifest(id)))
}

/** Keeps what an import has found of its images, so that nobody waits for it again. */
export async function keepReport(
  context: ReportPlace,
  dataset: Id,
  manifest: Manifest,
  health: HealthReport,
): Promise<void> {
  await cachedJson(fileOf(context, dataset), () => reportOn(manifest, health))
}

/** The report that was made before; null where there is none, or it is damaged. */
export function cachedReport(context: HomeContext, id: Id): Promise<DatasetReport | null> {
  return readCachedJson<DatasetReport>(fileOf(context, id))
}

/** The home folder, and the identity of the registry that the data set is filed in. */
interface ReportPlace {
  readonly home: Home
  readonly registry: Pick<Registry, 'identity'>
}

function fileOf({ home, registry }: ReportPlace, dataset: Id): string {
  return join(home.cache, 'health', `${registry.identity}-${dataset}-${version}-${reportVersion}.json`)
}

export function reportOn(manifest: Manifest, health = healthReport(manifest)): DatasetReport {
  const { exactDuplicates, nearDuplicates, labelConflicts: _, misnamed, ...report } = health
  const positions = new Map(manifest.images.map(({ path }, position) => [path, position]))
  const located = ({ kind, images, splits, classes }: DuplicateGroup): DuplicatePositions => ({
    kind,
    acrossSplits: splits.length > 1,
    acrossClasses: classes.length > 1,
    positions: images.map(({ path }) => positions.get(path)!),
    splits: images.map(({ split }) => split),
  })
  return {
    ...report,
    duplicates: [...exactDuplicates, ...nearDuplicates].map(located),
    misnamed: misnamed.length,
    small: [...manifest.images.keys()].filter((position) => isSmall(manifest, position)),
  }
}

function isSmall({ images }: Manifest, position: number): boolean {
  const { width, height } = images[position]!.info
  return Math.min(width, height) < smallSide
}
