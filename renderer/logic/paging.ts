/** Which pages of a long list hold the entries from `first` to `last` (both included). */
export function pagesOf(first: number, last: number, pageSize: number): number[] {
  if (last < first) return []
  const [from, to] = [Math.floor(Math.max(0, first) / pageSize), Math.floor(last / pageSize)]
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

export interface GridLayout {
  readonly columns: number
  /** Pixels from one row (column) to the next. */
  readonly cell: number
  readonly rows: number
  readonly height: number
}

/** How many cells of at least `least` pixels stand side by side. */
export function gridLayout(width: number, count: number, least: number, extra = 0): GridLayout {
  const columns = Math.max(1, Math.floor(width / least))
  const cell = width / columns
  const rows = Math.ceil(count / columns)
  return { columns, cell, rows, height: rows * (cell + extra) }
}

/** Rows in sight, with some more on either side. */
export function visibleRows(
  layout: { readonly rows: number; readonly rowHeight: number },
  scrollTop: number,
  viewport: number,
  more = 2,
): { readonly first: number; readonly last: number } {
  const first = Math.max(0, Math.floor(scrollTop / layout.rowHeight) - more)
  const last = Math.min(layout.rows - 1, Math.ceil((scrollTop + viewport) / layout.rowHeight) + more)
  return { first, last }
}

/** Pixels that captions of 12-pixel text take, each of its lines wrapped to the width of a cell. */
export function captionHeight(lines: readonly string[], width: number): number {
  const perLine = Math.max(1, Math.floor((width - 8) / 6.8))
  return lines.reduce((sum, line) => sum + 16 * Math.max(1, Math.ceil(line.length / perLine)), 4)
}

/** The longest of some names. */
export const longest = (names: readonly string[]): string =>
  names.reduce((long, name) => (name.length > long.length ? name : long), '')
