import { escapeHtml } from '../../base/html.ts'
import type { Bin } from '../../evaluation/statistics/calibrationError.ts'
import { percent } from './html.ts'

const colors = ['one', 'two', 'three', 'four', 'five', 'six'] as const

export interface PlotLine {
  readonly label: string
  readonly x: readonly number[]
  readonly y: readonly (number | null)[]
  readonly color?: string
}

const [width, height, left, bottom, top, right] = [480, 220, 52, 24, 8, 8]

/** Lines over one axis, as SVG. */
export function linePlot(
  title: string,
  lines: readonly PlotLine[],
  format: (value: number) => string,
  range?: readonly [number, number],
): string {
  const values = lines.flatMap(({ y }) => y.filter((value) => value !== null))
  const xs = lines.flatMap(({ x }) => x)
  if (values.length === 0) return ''
  const [low, high] = range ?? [Math.min(0, ...values), Math.max(...values) * 1.05 || 1]
  const [from, to] = [Math.min(...xs), Math.max(...xs)]
  const px = (x: number): number =>
    left + (to === from ? 0.5 : (x - from) / (to - from)) * (width - left - right)
  const py = (y: number): number => top + (1 - (y - low) / (high - low || 1)) * (height - top - bottom)
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const value = low + part * (high - low)
    return `<line class="grid" x1="${left}" x2="${width - right}" y1="${py(value)}" y2="${py(value)}"/><text x="${left - 6}" y="${py(value) + 4}" text-anchor="end">${escapeHtml(format(value))}</text>`
  })
  const paths = lines.map(({ x, y, color }, index) => {
    const points = x.flatMap((value, at) =>
      y[at] == null ? [] : [`${px(value).toFixed(1)},${py(y[at]).toFixed(1)}`],
    )
    return `<polyline fill="none" stroke="var(--${color ?? colors[index % colors.length]})" stroke-width="2" points="${points.join(' ')}"/>`
  })
  const keys = lines
    .filter(({ label }) => label !== '')
    .map(
      ({ label, color }, index) =>
        `<span style="color:var(--${color ?? colors[index % colors.length]})">■</span> ${escapeHtml(label)}`,
    )
  const ends = `<text x="${left}" y="${height - 6}">${+from.toPrecision(3)}</text><text x="${width - right}" y="${height - 6}" text-anchor="end">${+to.toPrecision(3)}</text>`
  return `<figure><svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escapeHtml(title)}">${grid.join('')}${ends}${paths.join('')}</svg><figcaption>${escapeHtml(title)} ${keys.join(' ')}</figcaption></figure>`
}

/** Accuracy of each bin against the diagonal. */
export function reliabilityDiagram(title: string, bins: readonly Bin[]): string {
  const side = 260
  const px = (x: number): number => 40 + x * (side - 62)
  const py = (y: number): number => 10 + (1 - y) * (side - 50)
  const bars = bins
    .filter(({ accuracy }) => accuracy !== null)
    .map(
      ({ low, high, accuracy, images }) =>
        `<rect x="${px(low).toFixed(1)}" y="${py(accuracy!).toFixed(1)}" width="${Math.max(1, px(high) - px(low) - 1).toFixed(1)}" height="${(py(0) - py(accuracy!)).toFixed(1)}" fill="var(--one)"><title>${percent(low)}–${percent(high)}: ${percent(accuracy)} right, n = ${images}</title></rect>`,
    )
  const grid = [0, 0.5, 1].map(
    (value) =>
      `<line class="grid" x1="${px(0)}" x2="${px(1)}" y1="${py(value)}" y2="${py(value)}"/><text x="34" y="${py(value) + 4}" text-anchor="end">${100 * value}%</text><text x="${px(value)}" y="${py(0) + 16}" text-anchor="middle">${100 * value}%</text>`,
  )
  return `<figure><svg viewBox="0 0 ${side} ${side}" width="${side}" role="img" aria-label="${escapeHtml(title)}">${grid.join('')}${bars.join('')}<line x1="${px(0)}" y1="${py(0)}" x2="${px(1)}" y2="${py(1)}" stroke="var(--six)" stroke-dasharray="4 4"/></svg><figcaption>${escapeHtml(title)}: how often it is right (up), by its confidence (right)</figcaption></figure>`
}

/** Classes that a matrix is drawn for: more do not fit a page. */
export const mostDrawn = 40

/** Counts, rows true classes: the diagonal in one hue, errors in another. */
export function matrix(confusion: readonly (readonly number[])[], names: readonly string[]): string {
  const cell = (value: number, row: number, column: number): string => {
    const all = confusion[row]!.reduce((sum, one) => sum + one, 0)
    const strength = all === 0 ? 0 : value / all
    const hue = row === column ? 'good' : 'bad'
    const title = `${names[row]} predicted as ${names[column]}: ${value} of ${all}`
    return `<td title="${escapeHtml(title)}" style="background:rgba(var(--${hue}),${(0.75 * strength).toFixed(2)})">${value === 0 ? '' : value}</td>`
  }
  const rows = confusion.map(
    (row, index) =>
      `<tr><th scope="row">${escapeHtml(names[index]!)}</th>${row.map((value, column) => cell(value, index, column)).join('')}</tr>`,
  )
  const head = names.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')
  return `<div class="scroll"><table><thead><tr><th>true \\ predicted</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}
