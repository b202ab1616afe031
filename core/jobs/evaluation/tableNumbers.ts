import { missingForm } from '../../evaluation/forms.ts'
import { parseProtocol } from '../../evaluation/protocol.ts'
import {
  paperImages,
  paperRow,
  reaches,
  tables,
  type MeasuredCell,
  type TableCell,
  type TableColumn,
  type TableName,
  type TablePlan,
  type TableResult,
  type TableRow,
} from '../../evaluation/tables.ts'
import type { ViewsName } from '../../evaluation/types.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import type { Dataset, EnsembleRow, EvaluationRow, Id, Run } from '../../registry/types.ts'
import { networkOptions, parseRecipe } from '../../training/recipe.ts'
import { defaultCheckpoint } from '../context/checkpoints.ts'
import type { HomeContext } from '../context/home.ts'
import type { EvaluateInput } from './evaluateInput.ts'

export interface TableInput extends Omit<EvaluateInput, 'run'> {
  /** Ids, names, or `last`. */
  readonly runs: readonly string[]
  /** One of the paper's; left out: the protocol that `views`, `scales` and `flips` say. */
  readonly table?: TableName | undefined
  /** Whether the numbers are those of all runs together; default: as the table has it. */
  readonly together?: boolean | undefined
}

/** A number that a table wants. */
export interface Wanted {
  readonly run: Run
  readonly column: TableColumn
  readonly input: EvaluateInput
  readonly cell: TableCell
}

/** @throws StudioError `not-found` */
export function planOf({ table, views = 'center', scales, flips, together }: TableInput): TablePlan {
  const plan = table
    ? tables[table]
    : {
        title: { code: 'own-table', values: {} } as const,
        columns: [{ views: views as ViewsName, scales, flips }],
        ensemble: false,
        paper: [],
      }
  return { ...plan, ensemble: together ?? plan.ensemble }
}

/** The numbers of each run that a table wants, as far as they are measured. */
function wantedNumbers(context: Pick<HomeContext, 'registry'>, input: TableInput): readonly Wanted[] {
  const { columns } = planOf(input)
  const { registry } = context
  const runs = input.runs.map((reference) => registry.runs.get(reference))
  return runs.flatMap((run) =>
    columns.map((column) => {
      const { runs: _, table: __, together: ___, ...rest } = input
      const own = { ...rest, ...column, run: run.id }
      return { run, column, input: own, cell: cellFor(context, run, column, own) }
    }),
  )
}

/** All that a table is made of, as far as it is measured. */
export interface TableNumbers {
  readonly input: TableInput
  /** `name@version`; empty where the runs' data set was deleted. */
  readonly dataset: string
  readonly wanted: readonly Wanted[]
  /** Means of evaluations, for the tables that have them. */
  readonly ensembles: readonly KnownEnsemble[]
}

export type KnownEnsemble = Pick<EnsembleRow, 'id' | 'members' | 'result'>

/** @throws StudioError `not-found` */
export function knownNumbers(context: Pick<HomeContext, 'registry'>, input: TableInput): TableNumbers {
  const wanted = wantedNumbers(context, input)
  const dataset = datasetOf(context, input, wanted[0]!.run)
  return {
    input,
    dataset: dataset ? `${dataset.name}@${dataset.version}` : '',
    wanted,
    ensembles: context.registry.ensembles.list().map(({ id, members, result }) => ({ id, members, result })),
  }
}

/**
 * A table of evaluations that are there: what was not measured is said to be missing.
 * @throws StudioError `not-found`
 */
export const tableNumbers = (context: Pick<HomeContext, 'registry'>, input: TableInput): TableResult =>
  tableOf(knownNumbers(context, input))

export function tableOf({ input, dataset, wanted, ensembles }: TableNumbers): TableResult {
  const { title, columns, ensemble, paper } = planOf(input)
  const byRun = Map.groupBy(wanted, ({ run }) => run.id)
  const rows = [...byRun.values()].map((numbers): TableRow => {
    const { id, name, recipe } = numbers[0]!.run
    const { network, data } = parseRecipe(recipe)
    const { min, max } = data.scale
    return {
      runs: [id],
      network: `${id} ${name}`,
      trained: min === max ? `${min}` : `${min}–${max}`,
      cells: numbers.map(({ cell }) => cell),
      paper: paperRow(paper, network.config, data),
    }
  })
  return {
    table: input.table ?? null,
    title,
    dataset,
    split: input.split ?? 'test',
    columns,
    rows: ensemble ? [together(ensembles, columns, rows, paper)] : rows,
    paper,
    paperImages,
  }
}

function cellFor(
  context: Pick<HomeContext, 'registry'>,
  run: Run,
  column: TableColumn,
  input: EvaluateInput,
): TableCell {
  const { views } = column
  const recipe = parseRecipe(run.recipe)
  if (!reaches(column, recipe.data)) return { views, absent: 'scale' }
  if (missingForm(buildNetwork(networkOptions(recipe, 2)), views)) return { views, absent: 'form' }
  const row = measured(context, run, input)
  return row ? cellOf(views, row) : { views, absent: 'not-measured' }
}

export function cellOf(
  views: ViewsName,
  { id, checkpoint, result }: Pick<EvaluationRow, 'id' | 'checkpoint' | 'result'>,
): MeasuredCell {
  const { protocolText, images, top1Error, top5Error, execution } = result
  const own = { views, protocolText, evaluation: id, images, top1Error, top5Error, checkpoint }
  return { ...own, ...(execution && { execution }) }
}

/** The newest evaluation that an input would repeat: of the same images, by the same protocol, checkpoint and precision. */
function measured(
  context: Pick<HomeContext, 'registry'>,
  run: Run,
  {
    views,
    scales,
    flips,
    split = 'test',
    checkpoint,
    engine = 'auto',
    device = 'auto',
    precision,
    ...rest
  }: EvaluateInput,
): EvaluationRow | undefined {
  const { registry } = context
  const dataset = datasetOf(context, rest, run)
  const kind = checkpoint ?? defaultCheckpoint(context, run.id)
  const step = registry.checkpoints.list(run.id).find((one) => one.kind === kind)?.step
  const protocol = JSON.stringify(parseProtocol({ views, scales, flips }, parseRecipe(run.recipe).data))
  const numbers = precision === undefined || precision === 'auto' ? 'fp32' : precision
  return registry.evaluations
    .list(run.id)
    .findLast(
      ({ result, ...row }) =>
        row.dataset === dataset?.id &&
        row.split === split &&
        result.source?.step === step &&
        result.changedFiles === undefined &&
        result.execution?.precision === numbers &&
        (engine === 'auto' || result.execution.engine === engine) &&
        (device === 'auto' || result.execution.device === device) &&
        JSON.stringify(result.protocol) === protocol,
    )
}

function datasetOf(
  { registry }: Pick<HomeContext, 'registry'>,
  { dataset }: { readonly dataset?: string | undefined },
  run: Run,
): Dataset | null {
  const reference = dataset ?? run.dataset
  return reference === null || reference === undefined ? null : registry.datasets.get(reference)
}

function together(
  ensembles: readonly KnownEnsemble[],
  columns: readonly TableColumn[],
  members: readonly TableRow[],
  paper: TableResult['paper'],
): TableRow {
  return {
    runs: members.flatMap(({ runs }) => runs),
    network: members.map(({ network }) => network).join(' + '),
    trained: [...new Set(members.map(({ trained }) => trained))].join(', '),
    paper: paper[0] ?? null,
    cells: columns.map(({ views }, index): TableCell => {
      const cells = members.map(({ cells }) => cells[index]!)
      const lacking = cells.find((cell) => 'absent' in cell)
      if (lacking) return lacking
      const evaluations = cells.flatMap((cell) => ('evaluation' in cell ? cell.evaluation : []))
      const found = ensembles.findLast(({ members: own }) => sameSet(own, evaluations))
      if (!found) return { views, absent: 'not-measured' }
      const { protocolText, images, top1Error, top5Error } = found.result
      return { views, protocolText, evaluation: found.id, images, top1Error, top5Error }
    }),
  }
}

export const sameSet = (a: readonly Id[], b: readonly Id[]): boolean =>
  a.toSorted().join() === b.toSorted().join()
