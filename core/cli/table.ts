import { stripVTControlCharacters } from 'node:util'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

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

/** Columns as wide as they need to be, two spaces between them; a header line when a column has a title. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title)
  const all = titles.some((title) => title !== '') ? [titles, ...rows] : rows
  const widths = columns.map((_, index) => Math.max(0, ...all.map((row) => width(row[index] ?? ''))))
  return all
    .map((row) =>
      columns
        .map(({ align }, index) => pad(row[index] ?? '', widths[index]!, align))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
