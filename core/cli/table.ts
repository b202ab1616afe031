import { stripVTControlCharacters } from 'node:util'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Its texts are shortened where the line is too narrow for the whole table. */
  readonly shrinks?: boolean
}

/** Cells that are left of a text at least: less says nothing. */
export const leastCells = 16

/** How many character cells of a terminal a text takes; colors take none, East Asian wide characters two. */
export function width(text: string): number {
  let cells = 0
  for (const character of stripVTControlCharacters(text).normalize('NFC')) {
    if (/\p{Mn}/u.test(character)) continue
    cells +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
        character,
      )
        ? 2
        : 1
  }
  return cells
}

export function pad(text: string, cells: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, cells - width(text)))
  return align === 'left' ? text + space : space + text
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** `a very lo… of birds`: what takes more cells loses its middle. For texts without colors. */
export function shortened(text: string, cells: number): string {
  if (width(text) <= cells) return text
  const parts = Array.from(graphemes.segment(text), ({ segment }) => segment)
  const start = taken(parts, Math.ceil((cells - 1) / 2))
  const end = taken(parts.toReversed(), Math.floor((cells - 1) / 2)).toReversed()
  return [...start, '…', ...end].join('')
}

/** As many of the first as fit. */
function taken(parts: readonly string[], cells: number): readonly string[] {
  let room = cells
  const end = parts.findIndex((part) => (room -= width(part)) < 0)
  return parts.slice(0, end)
}

const gap = '  '

/** As many columns as a line takes, at least one; the most important come first. */
export function fittingColumns(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  cells: number,
): number {
  let taken = -gap.length
  const beyond = titles.findIndex((title, index) => {
    taken += gap.length + Math.max(width(title), ...rows.map((row) => width(row[index] ?? '')))
    return taken > cells
  })
  return beyond < 0 ? titles.length : Math.max(1, beyond)
}

/** A line broken between words; what follows its first line is indented by four cells. */
export function wrapped(line: string, cells: number): string {
  const [first = '', ...words] = line.split(/(?<=\S) /)
  const lines = words.reduce(
    (all, word) => {
      const last = `${all.at(-1)} ${word}`
      return width(last) <= cells ? [...all.slice(0, -1), last] : [...all, `    ${word}`]
    },
    [first],
  )
  return lines.join('\n')
}

/**
 * Columns as wide as they need to be, two spaces between them; a header line when a column has a title.
 * @param cells of a line, beyond which columns that can shrink do
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  cells = Infinity,
): string {
  const titles = columns.map(({ title }) => title)
  const all = titles.some((title) => title !== '') ? [titles, ...rows] : rows
  const needed = columns.map((_, index) => Math.max(0, ...all.map((row) => width(row[index] ?? ''))))
  const widths = fitted(columns, needed, cells - gap.length * (columns.length - 1))
  const cell = (row: readonly string[], { align, shrinks }: Column, index: number): string => {
    const text = row[index] ?? ''
    return pad(shrinks ? shortened(text, widths[index]!) : text, widths[index]!, align)
  }
  return all
    .map((row) =>
      columns
        .map((column, index) => cell(row, column, index))
        .join(gap)
        .trimEnd(),
    )
    .join('\n')
}

/** Widths that fit; among the columns that shrink, the widest gives way first. */
function fitted(columns: readonly Column[], needed: readonly number[], cells: number): readonly number[] {
  const widths = [...needed]
  const room = (index: number): number => (columns[index]!.shrinks ? widths[index]! - leastCells : 0)
  for (let excess = needed.reduce((sum, one) => sum + one, 0) - cells; excess > 0; excess--) {
    const [widest] = [...widths.keys()].sort((a, b) => room(b) - room(a))
    if (widest === undefined || room(widest) <= 0) break
    widths[widest]!--
  }
  return widths
}
