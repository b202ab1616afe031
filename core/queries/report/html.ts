import { escapeHtml } from '../../base/html.ts'
import { inMetric, intervalIn, type Metric } from '../../evaluation/metric.ts'
import type { Interval } from '../../evaluation/types.ts'

export const percent = (fraction: number | null | undefined): string =>
  fraction == null ? '–' : `${(100 * fraction).toFixed(1)}%`

/** An error, in the person's metric. */
export const measured = (error: number | null, metric: Metric): string => percent(inMetric(error, metric))

/** The interval of an error: `95% 12.3% to 14.5%` */
export function interval95(interval: Interval, metric: Metric = 'error'): string {
  const { low, high } = intervalIn(interval, metric)
  return `95% ${percent(low)} to ${percent(high)}`
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export const count = (value: number): string => new Intl.NumberFormat('en-US').format(value)

/** A table of texts; the first column is a heading, the others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: 'th' | 'td'): string =>
    row
      .map((text, index) =>
        index === 0 ? `<th scope="row">${escapeHtml(text)}</th>` : `<${tag}>${escapeHtml(text)}</${tag}>`,
      )
      .join('')
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')
  return `<div class="scroll"><table><thead><tr>${head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')}</tr></thead><tbody>${body}</tbody></table></div>`
}

export const section = (title: string, ...parts: readonly string[]): string =>
  `<section><h2>${escapeHtml(title)}</h2>${parts.join('\n')}</section>`

const style = `
:root { color-scheme: light dark; --page: light-dark(#fff, #141517); --ink: light-dark(#1a1c1f, #e9eaec);
  --ink-2: light-dark(#4d5157, #b2b7be); --line: light-dark(#d9d9d6, #33373c); --one: light-dark(#0072b2, #56a9e8);
  --two: light-dark(#d55e00, #f0843a); --three: light-dark(#009e73, #2bc79a); --four: light-dark(#cc79a7, #de93bd);
  --five: light-dark(#b58900, #e6c229); --six: light-dark(#5b5b5b, #b9b9b9); --good: 15, 112, 72; --bad: 213, 94, 0 }
body { max-width: 1040px; margin: 32px auto; padding: 0 24px; background: var(--page); color: var(--ink);
  font: 14px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums }
h1 { font-size: 26px; margin: 0 } h2 { font-size: 18px; margin: 28px 0 8px } h3 { font-size: 14px; margin: 16px 0 4px }
p { margin: 4px 0 } .muted { color: var(--ink-2) } .big { font-size: 30px; font-weight: 600 }
.sentence { font-size: 16px; font-weight: 600 } .row { display: flex; flex-wrap: wrap; gap: 24px; align-items: flex-start }
table { border-collapse: collapse } th, td { padding: 3px 10px; border-top: 1px solid var(--line); text-align: right; white-space: nowrap }
th[scope=row], thead th:first-child { text-align: left } thead th { font-weight: 500; color: var(--ink-2); border: 0 }
.scroll { overflow-x: auto } pre { padding: 12px; border: 1px solid var(--line); border-radius: 6px; overflow: auto; font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere }
svg { max-width: 100%; height: auto } svg text { fill: var(--ink-2); font: 11px system-ui, sans-serif } svg .grid { stroke: var(--line) }
figure { margin: 0 } figcaption { font-size: 12px; color: var(--ink-2) } .pictures { display: flex; flex-wrap: wrap; gap: 8px }
.pictures figure { width: 112px } .pictures img { width: 112px; height: 112px; object-fit: contain; background: light-dark(#f1f1ef, #0f1012) }
@media print { :root { color-scheme: light } body { margin: 0; max-width: none } section { break-inside: avoid-page } .scroll { overflow: visible } }
`

/** A page that asks nothing of any network, and could not: its policy forbids it. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`
}
