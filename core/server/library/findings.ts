import { smallSide, type DatasetReport } from '../../jobs/health.ts'
import type { Dataset } from '../../registry/types.ts'
import type { Finding, ImageIssue } from '../api/types.ts'

interface Facts {
  readonly dataset: Dataset
  readonly report: DatasetReport
  readonly issues: Readonly<Record<ImageIssue, readonly number[]>>
  /** Files left out. */
  readonly problems: number
}

/** With fewer training images than this a class can hardly be learned. */
const fewImages = 20
/** Largest over smallest class from which on it matters. */
const imbalanced = 5

/** What a person should know before training, the worst first; each in a sentence, with what to do. */
export function findings(facts: Facts): readonly Finding[] {
  const order = { error: 0, warning: 1, info: 2 }
  return [
    ...unusable(facts),
    ...duplicates(facts),
    ...balance(facts),
    ...missingSplits(facts),
    ...small(facts),
  ].sort((a, b) => order[a.severity] - order[b.severity])
}

function* unusable({ problems }: Facts): Generator<Finding> {
  if (problems === 0) return
  yield {
    code: 'unusable-files',
    severity: 'warning',
    message: `${counted(problems, 'file')} can’t be used and ${problems === 1 ? 'is' : 'are'} left out.`,
    hint: 'Look at the reasons; repair the files and import the folder again, or go on without them.',
    count: problems,
    filter: 'unusable',
  }
}

function* duplicates({ issues, report }: Facts): Generator<Finding> {
  const groups = (kind: 'exact' | 'near'): number =>
    report.duplicates.filter((group) => group.kind === kind).length
  if (issues.leakage.length > 0) {
    yield {
      code: 'leakage',
      severity: 'warning',
      message: `${counted(issues.leakage.length, 'image')} are in more than one split, so that errors look lower than they are.`,
      hint: 'Delete the copies, or put all copies of an image into one split, and import again.',
      count: issues.leakage.length,
      filter: 'leakage',
    }
  }
  if (issues.conflict.length > 0) {
    yield {
      code: 'conflicting-labels',
      severity: 'warning',
      message: `${counted(issues.conflict.length, 'image')} are the same picture in different classes.`,
      hint: 'Decide which class is right and delete the others.',
      count: issues.conflict.length,
      filter: 'conflict',
    }
  }
  if (issues.duplicate.length > 0) {
    yield {
      code: 'exact-duplicates',
      severity: 'info',
      message: `${counted(issues.duplicate.length, 'image')} are exact copies of each other, in ${counted(groups('exact'), 'group')}.`,
      hint: 'Copies weigh their picture more; delete them unless that is meant.',
      count: issues.duplicate.length,
      filter: 'duplicate',
    }
  }
  if (issues['near-duplicate'].length > 0) {
    yield {
      code: 'near-duplicates',
      severity: 'info',
      message: `${counted(issues['near-duplicate'].length, 'image')} look alike, in ${counted(groups('near'), 'group')}.`,
      hint: 'They may be the same photo saved twice: look at the groups.',
      count: issues['near-duplicate'].length,
      filter: 'near-duplicate',
    }
  }
}

function* balance({ report, dataset }: Facts): Generator<Finding> {
  const sizes = report.counts.map(({ train }) => train)
  const largest = Math.max(...sizes)
  const smallest = Math.min(...sizes)
  const few = sizes.filter((size) => size < fewImages).length
  if (few > 0) {
    yield {
      code: 'few-images',
      severity: 'warning',
      message: `${counted(few, 'class', 'classes')} ${few === 1 ? 'has' : 'have'} fewer than ${fewImages} training images.`,
      hint: 'Add images, or start from a run that was trained on more.',
      count: few,
      filter: null,
    }
  }
  if (largest < imbalanced * Math.max(1, smallest)) return
  const name = (size: number): string => dataset.classes[sizes.indexOf(size)]!
  yield {
    code: 'imbalance',
    severity: 'info',
    message: `The classes differ much in size: “${name(largest)}” has ${largest} training images, “${name(smallest)}” ${smallest}.`,
    hint: 'Train with balanced sampling or class weights, and look at the per-class recall.',
    count: Math.round(largest / Math.max(1, smallest)),
    filter: null,
  }
}

function* missingSplits({ dataset }: Facts): Generator<Finding> {
  const { validation, test } = dataset.images
  if (validation === 0) {
    yield {
      code: 'no-validation',
      severity: 'warning',
      message: 'There are no validation images: no epoch can be told to be the best.',
      hint: 'Import again with a share for validation, such as 15 %.',
      count: 0,
      filter: null,
    }
  }
  if (test === 0) {
    yield {
      code: 'no-test',
      severity: 'info',
      message: 'There are no test images: an honest error needs some that training never saw.',
      hint: 'Import again with a share for testing, such as 15 %.',
      count: 0,
      filter: null,
    }
  }
}

function* small({ issues, report }: Facts): Generator<Finding> {
  // Where all are small (Fashion-MNIST), that is what the data set is.
  if (issues.small.length === 0 || report.shorterSide.median < smallSide) return
  yield {
    code: 'small-images',
    severity: 'info',
    message: `${counted(issues.small.length, 'image')} are smaller than ${smallSide} pixels and will be enlarged.`,
    hint: 'Leave them out if they are icons or thumbnails.',
    count: issues.small.length,
    filter: 'small',
  }
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}
