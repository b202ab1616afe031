import type { TableResult } from '../evaluation/tables.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
import { workEnsemble, type Member } from './ensemble.ts'
import { orderEvaluation, workEvaluation, type EvaluateResult, type EvaluationOrder } from './evaluate.ts'
import { splitImages, readOnce, type SplitImages } from './dataset/splitImages.ts'
import {
  cellOf,
  knownNumbers,
  planOf,
  sameSet,
  tableOf,
  type KnownEnsemble,
  type TableInput,
  type TableNumbers,
  type Wanted,
} from './evaluation/tableNumbers.ts'

/** What a table needs: the numbers that are there, and orders of those that are not. */
export interface TableOrder {
  readonly numbers: TableNumbers
  /** With the place of the number that is wanted. */
  readonly missing: readonly { readonly place: number; readonly order: EvaluationOrder }[]
  /** The evaluations that are there, and their images; null where no means of them are wanted. */
  readonly ensemble: { readonly known: readonly Member[]; readonly images: SplitImages } | null
}

/** Measures what a table of evaluations lacks, number after number; those that were measured before are taken. */
export const measureTable = async (context: JobContext, input: TableInput): Promise<TableResult> =>
  workTable(context, orderTable(context, input))

/** @throws StudioError `not-found`, and those of orderEvaluation */
export function orderTable(context: HomeContext, input: TableInput): TableOrder {
  const { registry } = context
  const numbers = knownNumbers(context, input)
  const imagesOf = readOnce(splitImages(registry))
  const missing: { readonly place: number; readonly order: EvaluationOrder }[] = []
  const known: Member[] = []
  for (const [place, { cell, input: own }] of numbers.wanted.entries()) {
    if ('evaluation' in cell) known.push(registry.evaluations.get(cell.evaluation))
    else if (cell.absent === 'not-measured')
      missing.push({ place, order: orderEvaluation(context, own, imagesOf) })
  }
  const [one] = known
  const first = one ? imagesOf(one.dataset!, one.split) : missing[0]?.order.images
  return { numbers, missing, ensemble: planOf(input).ensemble && first ? { known, images: first } : null }
}

/** @throws StudioError those of workEvaluation and workEnsemble */
export async function workTable(context: WorkContext, order: TableOrder): Promise<TableResult> {
  const { numbers, missing, ensemble } = order
  const wanted = [...numbers.wanted]
  const measured: Member[] = []
  const work = { count: missing.length, since: performance.now() }
  for (const [index, { place, order: own }] of missing.entries()) {
    const one = wanted[place]!
    const row = rowOf(await workEvaluation(saying(context, one, index, work), own))
    measured.push(row)
    wanted[place] = { ...one, cell: cellOf(one.column.views, row) }
  }
  const ensembles = [...numbers.ensembles]
  if (ensemble) {
    const rows = [...ensemble.known, ...measured]
    for (const members of newEnsembles(wanted, ensembles, rows)) {
      const {
        ensemble: id,
        members: ids,
        ...result
      } = await workEnsemble(context, { members, images: ensemble.images })
      ensembles.push({ id, members: ids, result })
    }
  }
  return tableOf({ ...numbers, wanted, ensembles })
}

function rowOf({
  evaluation: id,
  run,
  checkpoint,
  dataset,
  split,
  ...result
}: EvaluateResult): Member & { checkpoint: string } {
  return { id, run, checkpoint, dataset, split, result }
}

/** The evaluations of each column whose numbers are all there, unless their mean is there too. */
function newEnsembles(
  wanted: readonly Wanted[],
  known: readonly KnownEnsemble[],
  rows: readonly Member[],
): readonly (readonly Member[])[] {
  return [...Map.groupBy(wanted, ({ column }) => column).values()].flatMap((numbers) => {
    const ids = numbers.flatMap(({ cell }) => ('evaluation' in cell ? [cell.evaluation] : []))
    const isThere = known.some(({ members }) => sameSet(members, ids))
    if (ids.length < numbers.length || isThere) return []
    return [ids.map((id) => rows.find((row) => row.id === id)!)]
  })
}

/** Says of an evaluation's progress which of the table's numbers it is, and how far all of them are. */
function saying(
  context: WorkContext,
  { run, column }: Wanted,
  index: number,
  { count, since }: TableProgress,
): WorkContext {
  const detail = `${run.name}, ${column.views} (${index + 1}/${count})`
  const emit: WorkContext['emit'] = (event) => {
    if (event.event !== 'progress' || 'run' in event) return context.emit(event)
    const fraction = (index + event.done / Math.max(1, event.total ?? 1)) / count
    const seconds = (performance.now() - since) / 1000
    const secondsLeft = seconds < 1 || fraction === 0 ? null : (seconds * (1 - fraction)) / fraction
    const total = event.total === null ? null : event.total * count
    return context.emit({ ...event, done: fraction * (total ?? 0), total, secondsLeft, detail })
  }
  return { ...context, emit }
}

interface TableProgress {
  /** Numbers to measure. */
  readonly count: number
  /** When the first began, of performance.now(). */
  readonly since: number
}
