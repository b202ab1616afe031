import { tallyOf } from '../dataset/healthDuplicates.ts'
import type { DuplicateGroup, DuplicateReport } from '../dataset/health.ts'
import { tallyText } from '../messages/en/health.ts'
import { count, counted, printable, splitTitles } from './format.ts'

const shownGroups = 5
const shownMembers = 4
const shownChoices = 3

type Counted = Pick<DuplicateReport, 'labelConflicts' | 'exactDuplicates' | 'nearDuplicates'>

/** Groups of duplicates by what is wrong with them. Each heading counts all of its groups, each group is listed once. */
export function duplicateBlocks(report: Counted): readonly (readonly string[])[] {
  const { labelConflicts, exactDuplicates, nearDuplicates } = report
  const leaks = [...exactDuplicates, ...nearDuplicates].filter(({ splits }) => splits.length > 1)
  const told = new Set<DuplicateGroup>()
  const block = (
    title: string,
    groups: readonly DuplicateGroup[],
    describe: (group: DuplicateGroup) => string,
    more: (first: DuplicateGroup) => readonly string[] = () => [],
  ): readonly string[] => {
    if (groups.length === 0) return []
    const fresh = groups.filter((group) => !told.has(group))
    for (const group of fresh) told.add(group)
    const [above, rest] = [groups.length - fresh.length, fresh.length - shownGroups]
    const before = above === 0 ? '' : `, ${fresh.length === 0 ? 'all' : count(above)} of them above`
    const tally = tallyText(tallyOf(groups.map(({ images }) => images.map(({ path }) => path))))
    return [
      `${title}, ${tally}${before}${fresh.length === 0 ? '.' : ':'}`,
      ...fresh.slice(0, shownGroups).map((group) => `  ${describe(group)}`),
      ...(rest > 0 ? [`  and ${counted(rest, 'other')} (--json lists them all)`] : []),
      ...(fresh.length > 0 ? more(fresh[0]!) : []),
    ]
  }
  return [
    block('With different labels', labelConflicts, conflictText, settlement),
    block('In several splits', leaks, splitText),
    block('Exact duplicates', exactDuplicates, splitText),
    block('Nearly the same', nearDuplicates, splitText),
  ]
}

type Member = DuplicateGroup['images'][number]

function splitText({ kind, images }: DuplicateGroup): string {
  return membersText(kind, images, ({ split }) => splitTitles[split])
}

/** Names one image of each class at least. */
function conflictText({ kind, images, classes }: DuplicateGroup): string {
  const firsts = new Set(classes.map((name) => images.find(({ className }) => className === name)!))
  const ordered = [...firsts, ...images.filter((image) => !firsts.has(image))]
  return membersText(kind, ordered, ({ className }) => printable(className), classes.length)
}

function membersText(
  kind: DuplicateGroup['kind'],
  images: readonly Member[],
  inBrackets: (image: Member) => string,
  least = 0,
): string {
  const shown = images.slice(0, Math.max(shownMembers, least))
  const more = images.length - shown.length
  const parts = [
    ...shown.map((image) => `${printable(image.path)} (${inBrackets(image)})`),
    ...(more > 0 ? [`${count(more)} more`] : []),
  ]
  return parts.join(kind === 'exact' ? ' = ' : ' ≈ ')
}

/** How to settle a conflict of labels, with the files of the first as the example. */
function settlement({ images, classes }: DuplicateGroup): readonly string[] {
  const listed = (texts: readonly string[]): string =>
    [...texts.slice(0, shownMembers).map(quoted), ...(texts.length > shownMembers ? ['…'] : [])].join(' ')
  const relabel = (right: string): string => {
    const wrong = images.filter(({ className }) => className !== right)
    return `    --relabel ${listed(wrong.map(({ path }) => `${path}=${right}`))}`
  }
  return [
    '  All are used as they are labeled, until you say which label is right. Import again, for the first group with one of:',
    ...classes.slice(0, shownChoices).map(relabel),
    `    --leave-out ${listed(images.map(({ path }) => path))}`,
  ]
}

/** As a shell takes it. */
function quoted(text: string): string {
  const shown = printable(text)
  return /^[\w./=@%+:,-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`
}
