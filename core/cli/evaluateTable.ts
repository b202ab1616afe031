import { reaches, tables, type TableColumn, type TableName } from '../evaluation/tables.ts'
import { parseProtocol } from '../evaluation/protocol.ts'
import type { JobContext } from '../jobs/context.ts'
import { combineEvaluations } from '../jobs/ensemble.ts'
import type { EvaluateInput, EvaluateResult } from '../jobs/evaluate.ts'
import type { Id } from '../registry/types.ts'
import type { Recipe } from '../training/recipe.ts'
import { percent } from './format.ts'
import { table, type Column } from './table.ts'

export type TableFormat = 'text' | 'markdown' | 'csv'

/** A number of the table, with the protocol it was come by; null where images cannot reach a scale. */
export interface TableCell {
  readonly views: string
  readonly protocolText: string
  /** Or the ensemble's. */
  readonly evaluation: Id
  readonly images: number
  readonly top1Error: number
  readonly top5Error: number | null
}

export interface TableLine {
  readonly network: string
  /** Training scale S. */
  readonly trained: string
  readonly cells: readonly (TableCell | null)[]
}

export interface TableResult {
  readonly table: TableName
  readonly title: string
  readonly split: string
  readonly rows: readonly TableLine[]
  /** Of the paper, on ImageNet, percent. */
  readonly paper: (typeof tables)[TableName]['paper']
}

/** Evaluates runs by the protocols of one of the paper's tables. */
export async function evaluateTable(
  context: JobContext,
  name: TableName,
  runs: readonly string[],
  input: Omit<EvaluateInput, 'run' | 'views' | 'scales'>,
  evaluate: (input: EvaluateInput) => Promise<EvaluateResult>,
): Promise<TableResult> {
  const { title, columns, ensemble, paper } = tables[name]
  const known = runs.map((reference) => context.registry.runs.get(reference))
  const rows: TableLine[] = []
  for (const { id, name: label, recipe } of known) {
    const { data } = recipe as Recipe
    const cells: (TableCell | null)[] = []
    for (const column of columns) {
      const input = asked(column, id)
      const isPossible = reaches(column, data)
      cells.push(isPossible ? (measured(context, input, data) ?? cellOf(await evaluate(input))) : null)
    }
    rows.push({ network: `${id} ${label}`, trained: scaleText(data.scale), cells })
  }
  const shown = ensemble ? [together(rows)] : rows
  return { table: name, title, split: input.split ?? 'test', rows: shown, paper }

  function asked({ views, scales }: TableColumn, run: Id): EvaluateInput {
    return { ...input, run, views, scales }
  }

  function together(members: readonly TableLine[]): TableLine {
    return {
      network: members.map(({ network }) => network).join(' + '),
      trained: [...new Set(members.map(({ trained }) => trained))].join(', '),
      cells: columns.map(({ views }, index) => {
        const cells = members.map((member) => member.cells[index])
        if (!cells.every((cell) => cell != null)) return null
        const { ensemble: evaluation, ...result } = combineEvaluations(
          context,
          cells.map((cell) => cell.evaluation),
        )
        return cellOf({ ...result, evaluation }, views)
      }),
    }
  }
}

/** The newest evaluation of the same images by the same protocol and checkpoint, on the run's own data set in fp32. */
function measured(
  { registry }: JobContext,
  { run, views, scales, flips, split = 'test', checkpoint, ...other }: EvaluateInput,
  data: Recipe['data'],
): TableCell | undefined {
  if (Object.values(other).some((value) => value !== undefined)) return undefined
  const { dataset } = registry.runs.get(run)
  const kinds = registry.checkpoints.list(run)
  const kind = checkpoint ?? (kinds.some((one) => one.kind === 'best') ? 'best' : 'last')
  const step = kinds.find((one) => one.kind === kind)?.step
  const protocol = JSON.stringify(
    parseProtocol({ views, scales, ...(flips !== undefined && { flips }) }, data),
  )
  const found = registry.evaluations
    .list(run)
    .findLast(
      (row) =>
        row.dataset === dataset &&
        row.split === split &&
        row.result.source?.step === step &&
        row.result.execution?.precision === 'fp32' &&
        JSON.stringify(row.result.protocol) === protocol,
    )
  return found && cellOf({ ...found.result, evaluation: found.id })
}

type Measured = Pick<EvaluateResult, 'evaluation' | 'protocolText' | 'images' | 'top1Error' | 'top5Error'>

function cellOf(
  { evaluation, protocolText, images, top1Error, top5Error, ...rest }: Measured,
  views?: string,
): TableCell {
  const { protocol } = rest as Partial<Pick<EvaluateResult, 'protocol'>>
  return { views: views ?? protocol?.views ?? '', protocolText, evaluation, images, top1Error, top5Error }
}

const scaleText = ({ min, max }: Recipe['data']['scale']): string =>
  min === max ? `${min}` : `${min}–${max}`

export function tableText(result: TableResult, format: TableFormat, cells: number): string {
  const { columns } = tables[result.table]
  const titles = [
    'network',
    'trained at',
    ...columns.flatMap(({ views }) => [`${views} top-1`, `${views} top-5`]),
  ]
  const own = result.rows.map(({ network, trained, cells: line }) => [
    network,
    trained,
    ...line.flatMap((cell) => (cell ? [percent(cell.top1Error), percent(cell.top5Error)] : ['n/a', 'n/a'])),
  ])
  const paper = result.paper.map(({ network, trained, errors }) => [
    `paper: ${network}`,
    trained,
    ...errors.flatMap(([top1, top5]) => [`${top1.toFixed(1)}%`, `${top5.toFixed(1)}%`]),
  ])
  if (format === 'csv') return [titles, ...own, ...paper].map((line) => line.map(quoted).join(',')).join('\n')
  const protocols = result.rows.flatMap(({ network, cells: line }) =>
    line.map((cell, index) =>
      cell
        ? `${columns[index]!.views}, ${network}: ${cell.protocolText}; ${cell.images} ${result.split} images; ${cell.evaluation}`
        : `${columns[index]!.views}, ${network}: n/a, a test scale would be smaller than the crop`,
    ),
  )
  const note = 'The paper’s figures are its own, on ImageNet: another data set.'
  if (format === 'markdown') {
    const line = (texts: readonly string[]): string =>
      `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
    const rule = titles.map((_, index) => (index < 2 ? '---' : '---:'))
    return [
      `## ${result.title}`,
      '',
      ...[titles, rule, ...own, ...paper].map(line),
      '',
      ...protocols.map((one) => `- ${one}`),
      '',
      note,
    ].join('\n')
  }
  const heads = titles.map((title, index): Column => ({
    title,
    ...(index < 2 ? { shrinks: index === 0 } : { align: 'right' }),
  }))
  return [result.title, table(heads, [...own, ...paper], cells), '', ...protocols, note].join('\n')
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
