import type { Bin, Distribution } from '../../dataset/health.ts'
import { splitNamed } from '../../dataset/names.ts'
import { splits } from '../../dataset/types.ts'
import type { HomeContext } from '../../jobs/context/home.ts'
import { cachedReport, type DatasetReport } from '../../jobs/tasks/health.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import { lineOf, textOf } from '../../messages/text.ts'
import type { Dataset, Id } from '../../registry/types.ts'
import type { Health, Histogram, ImageIssue } from '../api/types.ts'
import { presetForSize } from '../../training/presets.ts'
import type { Helper } from '../helper/helper.ts'
import { findings } from './findings.ts'
import { remedy } from './remedies.ts'

export interface Examined {
  readonly health: Health
  readonly groups: DatasetReport['duplicates']
  /** Positions, ascending. */
  readonly issues: Readonly<Record<ImageIssue, readonly number[]>>
  issuesOf(position: number): readonly ImageIssue[]
}

export interface HealthReports {
  /** @throws StudioError `not-found` */
  of(id: Id): Promise<Examined>
  /** Only where it has been made already. */
  known(id: Id): Promise<Examined | undefined>
}

const kept = 4

/**
 * Made once for each version of a data set, which never changes, in the helper's process. Reading what was made before
 * takes less time than that process takes to start.
 */
export function openHealth(context: HomeContext, texts: Catalog, helper: Helper): HealthReports {
  const reports = new Map<Id, Promise<Examined>>()
  function of(id: Id): Promise<Examined> {
    const known = reports.get(id)
    if (known) return known
    const made = examine(context, texts, helper, id)
    reports.set(id, made)
    made.catch(() => reports.delete(id))
    for (const oldest of [...reports.keys()].slice(0, reports.size - kept)) reports.delete(oldest)
    return made
  }
  return { of, known: async (id) => reports.get(id)?.catch(() => undefined) }
}

async function examine(context: HomeContext, texts: Catalog, helper: Helper, id: Id): Promise<Examined> {
  const { registry } = context
  const dataset = registry.datasets.get(id)
  const report = (await cachedReport(context, id)) ?? (await helper.run('health', { dataset: id }))
  const issues = issuesIn(report)
  const sets = Object.entries(issues).map(
    ([issue, positions]) => [issue as ImageIssue, new Set(positions)] as const,
  )
  const health: Health = {
    dataset: id,
    findings: findings({ dataset, report, issues }).map((finding) => ({
      ...shown(finding, texts),
      hint: textOf(texts, finding).hint ?? '',
      remedy: remedy(finding.code, { groups: report.duplicates, issues }).length,
    })),
    classes: report.classes.map(({ name, images, splits }, label) => ({
      label,
      name,
      ...splits,
      total: images,
    })),
    problems: report.problems.map(({ code, count, reason }) => ({
      code,
      count,
      example: lineOf(texts, reason),
    })),
    shorterSide: histogramOf(report.sizes.shorterSide, report.sizes.bins),
    stated: statedSplits(dataset, registry.pages.tops(id)),
    preset: presetForSize(report.sizes.shorterSide.median),
    aspectRatio: histogramOf(report.aspectRatios, report.aspectRatios.bins),
    colorModes: tally(report.colorModes),
    withAlpha: report.withAlpha,
    with16Bits: report.with16Bits,
    formats: tally(report.formats),
    bytes: registry.pages.bytes(id),
  }
  return {
    health,
    groups: report.duplicates,
    issues,
    issuesOf: (position) => sets.filter(([, positions]) => positions.has(position)).map(([issue]) => issue),
  }
}

/** @param tops the folders at the top that images lie in: they are splits where all of them are called so */
function statedSplits({ source }: Dataset, tops: readonly string[]): Health['stated'] {
  if (source.kind === 'csv') return null
  const named = tops.map(splitNamed)
  return named.every((split) => split !== undefined) ? splits.filter((split) => named.includes(split)) : []
}

function issuesIn({ duplicates, small }: DatasetReport): Examined['issues'] {
  const of = (wanted: (group: DatasetReport['duplicates'][number]) => boolean): readonly number[] =>
    [...new Set(duplicates.filter(wanted).flatMap(({ positions }) => positions))].sort((a, b) => a - b)
  return {
    duplicate: of(({ kind }) => kind === 'exact'),
    'near-duplicate': of(({ kind }) => kind === 'near'),
    leakage: of(({ acrossSplits }) => acrossSplits),
    conflict: of(({ acrossClasses }) => acrossClasses),
    small,
  }
}

function histogramOf({ min, median, max }: Distribution, bins: readonly Bin[]): Histogram {
  const shown = bins.filter(({ count }) => count > 0)
  return {
    minimum: min,
    median,
    maximum: max,
    bins: shown.map(({ from, to, count }) => ({ from: from ?? min, to: to ?? max, count })),
  }
}

/** The most frequent first. */
function tally<Name extends string>(
  counts: Readonly<Partial<Record<Name, number>>>,
): readonly { name: Name; count: number }[] {
  return (Object.entries(counts) as [Name, number][])
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count)
}
