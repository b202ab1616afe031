import { deliberateProblems, remarkProblems } from '../../dataset/corrections.ts'
import { copiesText } from '../../dataset/healthNotes.ts'
import { smallSide, type DatasetReport } from '../../jobs/health.ts'
import type { Dataset } from '../../registry/types.ts'
import type { Finding, ImageIssue } from '../api/types.ts'

interface Facts {
  readonly dataset: Dataset
  readonly report: DatasetReport
  readonly issues: Readonly<Record<ImageIssue, readonly number[]>>
}

type Note = DatasetReport['notes'][number]
type Found = Omit<Finding, 'remedy'>

/** What can be done about a note of the report, and which images (or files) it is about. */
interface About {
  readonly code: Finding['code']
  readonly hint: string
  readonly filter: Finding['filter']
}

const abouts: Readonly<Partial<Record<Note['code'], About>>> = {
  leakage: {
    code: 'leakage',
    hint: 'Leave out the copies in training, so that what measures the network is new to it.',
    filter: 'leakage',
  },
  'label-conflicts': {
    code: 'conflicting-labels',
    hint: 'Say for each group which label is right: until then all of its images are used as they are labeled.',
    filter: 'conflict',
  },
  'not-in-training': {
    code: 'not-in-training',
    hint: 'Add training images, or take the class out of the folder.',
    filter: null,
  },
  'not-held-out': { code: 'not-held-out', hint: 'Hold out some images of every class.', filter: null },
  imbalance: {
    code: 'imbalance',
    hint: 'Balanced sampling or class weights are in a new run’s data settings.',
    filter: null,
  },
  'few-images': {
    code: 'few-images',
    hint: 'Starting from a run that was trained on more helps most.',
    filter: null,
  },
  'left-out': {
    code: 'unusable-files',
    hint: 'Look at the reasons; repair the files and import the folder again, or continue without them.',
    filter: 'unusable',
  },
  corrected: {
    code: 'corrected',
    hint: 'These corrections hold whenever the folder is imported again, until they are taken back.',
    filter: null,
  },
  'aspect-ratio': {
    code: 'aspect-ratio',
    hint: 'Pad and squash are in a new run’s data settings.',
    filter: null,
  },
  encoding: {
    code: 'encoding',
    hint: 'Save the list as UTF-8 and import it again, if a class or a file is named wrongly.',
    filter: null,
  },
  'similar-classes': {
    code: 'similar-classes',
    hint: 'If they are one class, give their folders (or labels) one name and import again.',
    filter: null,
  },
  misnamed: { code: 'misnamed', hint: 'Other programs may not read them; this one does.', filter: null },
}

/** What a person should know before training, the worst first; each in a sentence, with what to do. */
export function findings(facts: Facts): readonly Found[] {
  const order = { error: 0, warning: 1, info: 2 }
  return [...noted(facts), ...copies(facts), ...missingSplits(facts), ...small(facts)].sort(
    (a, b) => order[a.severity] - order[b.severity],
  )
}

/** The report's own words; notes of one kind become one finding. */
function noted({ report, issues }: Facts): readonly Found[] {
  return [...Map.groupBy(report.notes, ({ code }) => code)].flatMap(([code, notes]) => {
    const about = abouts[code]
    if (!about) return []
    const severity = notes.some((note) => note.severity === 'warning') ? 'warning' : 'info'
    const message = notes.map((note) => note.message).join(' ')
    return [{ ...about, severity, message, count: countOf(about, report, issues) }]
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
  const message = (kind: 'exact' | 'near'): string =>
    copiesText(
      kind,
      report.duplicates.filter((group) => group.kind === kind).map(({ positions }) => positions),
    )
  if (issues.duplicate.length > 0) {
    yield {
      code: 'exact-duplicates',
      severity: 'info',
      message: message('exact'),
      hint: 'Copies give their picture more weight; leave them out unless that is intended.',
      count: issues.duplicate.length,
      filter: 'duplicate',
    }
  }
  if (issues['near-duplicate'].length > 0) {
    yield {
      code: 'near-duplicates',
      severity: 'info',
      message: message('near'),
      hint: 'They may be the same photo saved twice: look at the groups before leaving any out.',
      count: issues['near-duplicate'].length,
      filter: 'near-duplicate',
    }
  }
}

function* missingSplits({ dataset }: Facts): Generator<Found> {
  const { validation, test } = dataset.images
  if (validation === 0) {
    yield {
      code: 'no-validation',
      severity: 'warning',
      message: 'There are no validation images: the best epoch cannot be determined.',
      hint: 'Import again with a share for validation, such as 15%.',
      count: 0,
      filter: null,
    }
  }
  if (test === 0) {
    yield {
      code: 'no-test',
      severity: 'info',
      message: 'There are no test images: an honest error needs some that training never saw.',
      hint: 'Import again with a share for testing, such as 15%.',
      count: 0,
      filter: null,
    }
  }
}

function* small({ issues, report }: Facts): Generator<Found> {
  // Where all are small (Fashion-MNIST), that is what the data set is.
  if (issues.small.length === 0 || report.sizes.shorterSide.median < smallSide) return
  yield {
    code: 'small-images',
    severity: 'info',
    message: `${counted(issues.small.length, 'image')} are smaller than ${smallSide} pixels and will be enlarged.`,
    hint: 'Leave them out if they are icons or thumbnails.',
    count: issues.small.length,
    filter: 'small',
  }
}

function counted(count: number, one: string): string {
  return `${count.toLocaleString('en-US')} ${one}${count === 1 ? '' : 's'}`
}
