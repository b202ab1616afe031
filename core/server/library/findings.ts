import { deliberateProblems, remarkProblems } from '../../dataset/corrections.ts'
import { tallyOf } from '../../dataset/healthDuplicates.ts'
import { smallSide, type DatasetReport } from '../../jobs/tasks/health.ts'
import type { FindingFact } from '../../messages/catalog.ts'
import type { Fact } from '../../messages/types.ts'
import type { Dataset } from '../../registry/types.ts'
import type { Finding, ImageIssue } from '../api/types.ts'

interface Facts {
  readonly dataset: Dataset
  readonly report: DatasetReport
  readonly issues: Readonly<Record<ImageIssue, readonly number[]>>
}

type Note = DatasetReport['notes'][number]

/** A finding before its text is made. */
export type Found = Omit<Fact, 'code'> & Omit<Finding, 'remedy' | 'message' | 'hint'>

/** Which finding a note of the report leads to, and the images (or files) that it is about. */
interface About {
  readonly code: Extract<FindingFact, { readonly code: 'finding-noted' }>['values']['finding']
  readonly filter: Finding['filter']
}

const abouts: Readonly<Partial<Record<Note['code'], About>>> = {
  leakage: { code: 'leakage', filter: 'leakage' },
  'label-conflicts': { code: 'conflicting-labels', filter: 'conflict' },
  'not-in-training': { code: 'not-in-training', filter: null },
  'not-held-out': { code: 'not-held-out', filter: null },
  imbalance: { code: 'imbalance', filter: null },
  'few-images': { code: 'few-images', filter: null },
  'left-out': { code: 'unusable-files', filter: 'unusable' },
  corrected: { code: 'corrected', filter: null },
  'aspect-ratio': { code: 'aspect-ratio', filter: null },
  encoding: { code: 'encoding', filter: null },
  'similar-classes': { code: 'similar-classes', filter: null },
  misnamed: { code: 'misnamed', filter: null },
}

/** What a person should know before training, the worst first, each with what to do. */
export function findings(facts: Facts): readonly Found[] {
  const order = { error: 0, warning: 1, info: 2 }
  return [...noted(facts), ...copies(facts), ...missingSplits(facts), ...small(facts)].sort(
    (a, b) => order[a.severity] - order[b.severity],
  )
}

/** A finding with a text of the catalog's. */
const found = (
  finding: Pick<Found, 'code' | 'severity' | 'count' | 'filter'>,
  { code: text, values }: FindingFact,
): Found => ({ ...finding, text, values })

/** Notes of one kind become one finding. */
function noted({ report, issues }: Facts): readonly Found[] {
  return [...Map.groupBy(report.notes, ({ code }) => code)].flatMap(([code, notes]) => {
    const about = abouts[code]
    if (!about) return []
    const severity = notes.some((note) => note.severity === 'warning') ? 'warning' : 'info'
    const values = { finding: about.code, notes }
    return found(
      { ...about, severity, count: countOf(about, report, issues) },
      { code: 'finding-noted', values },
    )
  })
}

function countOf({ code, filter }: About, report: DatasetReport, issues: Facts['issues']): number {
  if (code === 'misnamed') return report.misnamed
  if (filter === 'unusable') return countProblems(report, false)
  if (code === 'corrected') return countProblems(report, true)
  return filter === null ? 0 : issues[filter].length
}

function countProblems({ problems }: DatasetReport, onPurpose: boolean): number {
  return problems
    .filter(({ code }) => deliberateProblems.has(code) === onPurpose && !remarkProblems.has(code))
    .reduce((sum, { count }) => sum + count, 0)
}

function* copies({ issues, report }: Facts): Generator<Found> {
  const tally = (kind: 'exact' | 'near') =>
    tallyOf(report.duplicates.filter((group) => group.kind === kind).map(({ positions }) => positions))
  if (issues.duplicate.length > 0) {
    const contradicting = report.duplicates.filter((group) => group.kind === 'exact' && group.acrossClasses)
    const values = { what: 'exact', ...tally('exact'), contradicting: contradicting.length } as const
    const about = { count: issues.duplicate.length, filter: 'duplicate' } as const
    yield found({ code: 'exact-duplicates', severity: 'info', ...about }, { code: 'finding-copies', values })
  }
  if (issues['near-duplicate'].length > 0) {
    const values = { what: 'near', ...tally('near') } as const
    const about = { count: issues['near-duplicate'].length, filter: 'near-duplicate' } as const
    yield found({ code: 'near-duplicates', severity: 'info', ...about }, { code: 'finding-copies', values })
  }
}

function* missingSplits({ dataset }: Facts): Generator<Found> {
  const { validation, test } = dataset.images
  const all = { count: 0, filter: null }
  if (validation === 0)
    yield found(
      { code: 'no-validation', severity: 'warning', ...all },
      { code: 'finding-no-validation', values: {} },
    )
  if (test === 0)
    yield found({ code: 'no-test', severity: 'info', ...all }, { code: 'finding-no-test', values: {} })
}

function* small({ issues, report }: Facts): Generator<Found> {
  // Where all are small (Fashion-MNIST), that is what the data set is.
  const count = issues.small.length
  if (count === 0 || report.sizes.shorterSide.median < smallSide) return
  yield found(
    { code: 'small-images', severity: 'info', count, filter: 'small' },
    { code: 'finding-small-images', values: { count, side: smallSide } },
  )
}
