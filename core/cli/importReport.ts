import type { Difference } from '../dataset/difference.ts'
import type { Bin, Distribution, HealthReport } from '../dataset/health.ts'
import { remarkProblems } from '../dataset/corrections.ts'
import { splits } from '../dataset/types.ts'
import type { ImportReport, SourceChanges } from '../jobs/import.ts'
import { presetForSize } from '../training/presets.ts'
import type { Catalog } from '../messages/catalog.ts'
import { lineOf } from '../messages/text.ts'
import { duplicateBlocks } from './duplicates.ts'
import { count, counted, printable, splitTitles } from './format.ts'
import { shortened, table } from './table.ts'
import type { Terminal } from './terminal.ts'

type Screen = Pick<Terminal, 'colors' | 'columns' | 'texts'>

const shownProblems = 20
const shownClasses = 60

/** What an import found, for a person. */
export function importReport(result: ImportReport, { colors, columns, texts }: Screen): string {
  const { dataset, name, version, root, health, since, problems } = result
  const head = `Data set ${colors.bold(dataset)} “${name}”${version === 1 ? '' : `, version ${version}`}: ${counted(health.images, 'image')}, ${counted(health.classes.length, 'class', 'classes')}`
  const parts = [
    [head, `  from ${root}`],
    since ? [...differenceLines(since, `Since version ${since.version}`), splitLine(since)] : [],
    classLines(health, columns),
    imageLines(health),
    ...duplicateBlocks(health),
    problemLines(problems, columns, texts),
    noteLines(health, colors, texts),
    [`Next: vgg-studio train ${dataset} --preset ${presetForSize(health.sizes.shorterSide.median)}`],
  ]
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function classLines({ classes, images, splits: totals }: HealthReport, cells: number): readonly string[] {
  const shown = classes.slice(0, shownClasses)
  const row = (name: string, counts: HealthReport['splits'], all: number): readonly string[] => [
    `  ${printable(name)}`,
    ...splits.map((split) => count(counts[split])),
    count(all),
  ]
  const columns = [
    { title: '  class', shrinks: true },
    ...[...splits.map((split) => splitTitles[split]), 'images'].map((title) => ({
      title,
      align: 'right' as const,
    })),
  ]
  const rows = shown.map((one) => row(one.name, one.splits, one.images))
  const more = classes.length - shown.length
  return [
    table(columns, [...rows, row('all', totals, images)], cells),
    ...(more > 0 ? [`  and ${counted(more, 'other class', 'other classes')} (--json lists them all)`] : []),
  ]
}

function imageLines({
  sizes,
  aspectRatios,
  formats,
  colorModes,
  withAlpha,
  with16Bits,
}: HealthReport): readonly string[] {
  const tallied = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, value]) => `${count(value)} ${name}`)
      .join(', ')
  const extra = [
    ...(withAlpha > 0 ? [`${count(withAlpha)} with transparency`] : []),
    ...(with16Bits > 0 ? [`${count(with16Bits)} with 16 bits`] : []),
  ]
  return [
    `  shorter side  ${range(sizes.shorterSide, pixels)} px: ${bars(sizes.bins, pixels)}`,
    `  width÷height  ${range(aspectRatios, ratio)}: ${bars(aspectRatios.bins, ratio)}`,
    `  formats       ${tallied(formats)}`,
    `  colors        ${[tallied(colorModes), ...extra].join(', ')}`,
  ]
}

const pixels = (value: number): string => count(value)
const ratio = (value: number): string => value.toFixed(2)

function range({ min, median, max }: Distribution, say: (value: number) => string): string {
  return min === max ? say(min) : `${say(min)}–${say(max)} (median ${say(median)})`
}

/** `3 below 32, 40 from 32, 7 from 64`: bins that hold something. */
function bars(bins: readonly Bin[], say: (value: number) => string): string {
  return bins
    .filter((bin) => bin.count > 0)
    .map(
      (bin) => `${count(bin.count)} ${bin.from === null ? `below ${say(bin.to!)}` : `from ${say(bin.from)}`}`,
    )
    .join(', ')
}

/** Least width of a line: what most paths take. */
const pathCells = 48

function problemLines(all: ImportReport['problems'], cells: number, texts: Catalog): readonly string[] {
  const problems = all.filter(({ code }) => !remarkProblems.has(code))
  if (problems.length === 0) return []
  const most = Math.max(pathCells, Math.floor(cells / 2))
  const rows = problems
    .slice(0, shownProblems)
    .map(({ path, reason }) => [`  ${shortened(printable(path), most)}`, lineOf(texts, reason)])
  const more = problems.length - rows.length
  return [
    `${counted(problems.length, 'file')} left out:`,
    table([{ title: '' }, { title: '' }], rows),
    ...(more > 0 ? [`  and ${counted(more, 'other')} (--json lists them all)`] : []),
  ]
}

function noteLines({ notes }: HealthReport, colors: Screen['colors'], texts: Catalog): readonly string[] {
  return notes.map(
    (note) => `${note.severity === 'warning' ? colors.yellow('Warning:') : 'Note:'} ${lineOf(texts, note)}`,
  )
}

function splitLine({ resplit, version }: SourceChanges): string {
  if (resplit === 0) return `  Images of version ${version} kept their split.`
  return `  ${counted(resplit, 'image')} of version ${version} ${resplit === 1 ? 'is' : 'are'} in another split now.`
}

const shownFiles = 10

/** @param title what the files are compared with */
export function differenceLines(found: Difference, title: string): readonly string[] {
  const { unchanged, changed, missing, moved, added } = found
  const kinds = [
    { what: 'changed', files: changed },
    { what: 'missing', files: missing },
    { what: 'moved', files: moved.map(({ from, to }) => `${from} → ${to}`) },
    { what: 'new', files: added },
  ].filter(({ files }) => files.length > 0)
  if (kinds.length === 0) return [`${title}: nothing has changed.`]
  const counts = [
    ...kinds.map(({ what, files }) => `${count(files.length)} ${what}`),
    `${count(unchanged)} as before`,
  ]
  return [
    `${title}: ${counts.join(', ')}`,
    ...kinds.flatMap(({ what, files }) => [
      ...files.slice(0, shownFiles).map((file) => `  ${what.padEnd(8)} ${printable(file)}`),
      ...(files.length > shownFiles
        ? [`  ${what.padEnd(8)} and ${counted(files.length - shownFiles, 'other')}`]
        : []),
    ]),
  ]
}
