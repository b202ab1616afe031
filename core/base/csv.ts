export type CsvCell = string | number | null

/** Lines of comma-separated values (RFC 4180), without a last line break; null is an empty cell. */
export const csvText = (lines: readonly (readonly CsvCell[])[]): string =>
  lines.map((line) => line.map(cellText).join(',')).join('\n')

function cellText(cell: CsvCell): string {
  const text = cell === null ? '' : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
