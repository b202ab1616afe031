import { csvText } from '../base/csv.ts'
import { escapeHtml } from '../base/html.ts'
import { placeText } from '../messages/en/computing.ts'
import { english } from '../messages/en/index.ts'
import { counted, number } from '../messages/en/words.ts'
import { textOf } from '../messages/text.ts'
import { inMetric, type Metric } from './metric.ts'
import type { TableCell, TableResult } from './tables.ts'

/** Fraction 0–1 as text: `12.3%`; `n/a` for null. */
const percent = (fraction: number | null): string =>
  fraction === null ? 'n/a' : `${(fraction * 100).toFixed(1)}%`

/** The paper's figures are not of the same images. */
export const paperNote =
  'The paper’s figures are its own, on the 50,000 validation images of ImageNet: another data set.'

const reasons = {
  scale: 'n/a, a test scale would be smaller than the crop',
  form: 'n/a, the network has no dense form',
  'not-measured': 'not measured yet',
} as const

export const tableTitle = ({ title }: TableResult): string => textOf(english, title).message

/** A table as lines of texts: titles, runs, and the paper's rows. */
export interface TableLines {
  readonly titles: readonly string[]
  readonly own: readonly (readonly string[])[]
  readonly paper: readonly (readonly string[])[]
  /** The protocol of every number, or why there is none. */
  readonly protocols: readonly string[]
}

/** @param images how a number of images is written; default: grouped, as people read it */
export function linesOf(
  { columns, rows, paper, paperImages, split }: TableResult,
  metric: Metric,
  images = number,
): TableLines {
  return {
    titles: [
      'network',
      'trained at',
      ...columns.flatMap(({ views }) => [`${views} top-1 ${metric}`, `${views} top-5 ${metric}`, 'n']),
    ],
    own: rows.map(({ network, trained, cells }) => [
      network,
      trained,
      ...cells.flatMap((cell) => numbersOf(cell, metric, images)),
    ]),
    paper: paper.map(({ network, trained, errors }) => [
      `paper: ${network}`,
      trained,
      ...errors.flatMap((both) => [
        ...both.map((error) => percent(inMetric(error / 100, metric))),
        images(paperImages),
      ]),
    ]),
    protocols: rows.flatMap(({ network, cells }) =>
      cells.map((cell) => `${cell.views}, ${network}: ${protocolOf(cell, split)}`),
    ),
  }
}

function numbersOf(cell: TableCell, metric: Metric, imagesText: typeof number): readonly string[] {
  if ('absent' in cell) return cell.absent === 'not-measured' ? ['', '', ''] : ['n/a', 'n/a', '']
  const { top1Error, top5Error, images } = cell
  return [...[top1Error, top5Error].map((error) => percent(inMetric(error, metric))), imagesText(images)]
}

function protocolOf(cell: TableCell, split: string): string {
  if ('absent' in cell) return reasons[cell.absent]
  const { protocolText, images, checkpoint, execution, evaluation } = cell
  const place = execution && `${placeText(execution)}, ${execution.precision}`
  const parts = [
    protocolText,
    counted(images, `${split} image`),
    checkpoint && `${checkpoint} checkpoint`,
    place,
    evaluation,
  ]
  return parts.filter((part) => part !== undefined).join('; ')
}

export function tableCsv(result: TableResult, metric: Metric): string {
  const { titles, own, paper } = linesOf(result, metric, String)
  return csvText([titles, ...own, ...paper])
}

export function tableMarkdown(result: TableResult, metric: Metric): string {
  const { titles, own, paper, protocols } = linesOf(result, metric)
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = titles.map((_, index) => (index < 2 ? '---' : '---:'))
  return [
    `## ${tableTitle(result)}`,
    '',
    ...[titles, rule, ...own, ...paper].map(line),
    '',
    ...protocols.map((one) => `- ${one}`),
    ...(paper.length > 0 ? ['', paperNote] : []),
  ].join('\n')
}

const styles = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e8eb); --muted: light-dark(#5b6470, #9aa4b0); --line: light-dark(#d8dde3, #353b43); --page: light-dark(#fff, #14171b) }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page) }
h1 { font-size: 20px } .scroll { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { padding: 4px 12px; border-top: 1px solid var(--line); text-align: end; white-space: nowrap }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: start } thead th { border-top: 0 } .paper td, .paper th { color: var(--muted); font-weight: 400 } li { overflow-wrap: anywhere } .muted { color: var(--muted) }
`

/** One HTML file that needs nothing else. */
export function tablePage(result: TableResult, metric: Metric): string {
  const { titles, own, paper, protocols } = linesOf(result, metric)
  const cells = (texts: readonly string[]): string =>
    texts
      .map((text, index) =>
        index === 0 ? `<th scope="row">${escapeHtml(text)}</th>` : `<td>${escapeHtml(text)}</td>`,
      )
      .join('')
  const rows = (lines: readonly (readonly string[])[]): string =>
    lines.map((line) => `<tr>${cells(line)}</tr>`).join('\n')
  const about = `Top-1 and top-5 ${metric} on the ${result.split} images of ${result.dataset}.`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(tableTitle(result))}</title>
<style>${styles}</style>
<h1>${escapeHtml(tableTitle(result))}</h1>
<p>${escapeHtml(about)}</p>
<div class="scroll"><table>
<thead><tr>${titles.map((title) => `<th scope="col">${escapeHtml(title)}</th>`).join('')}</tr></thead>
<tbody>${rows(own)}</tbody>
<tbody class="paper">${rows(paper)}</tbody>
</table></div>
<h2>How each number was obtained</h2>
<ul>${protocols.map((one) => `<li>${escapeHtml(one)}</li>`).join('\n')}</ul>
${paper.length > 0 ? `<p class="muted">${escapeHtml(paperNote)} Simonyan &amp; Zisserman 2015.</p>` : ''}
</html>
`
}
