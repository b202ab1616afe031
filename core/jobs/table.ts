import type { TableResult } from '../evaluation/tables.ts'
import type { Id } from '../registry/types.ts'
import type { JobContext } from './context/context.ts'
import { combineEvaluations } from './ensemble.ts'
import { evaluateRun } from './evaluate.ts'
import {
  planOf,
  sameSet,
  tableNumbers,
  wantedNumbers,
  type TableInput,
  type Wanted,
} from './evaluation/tableNumbers.ts'

/** Measures what a table of evaluations lacks, number after number; those that were measured before are taken. */
export async function measureTable(context: JobContext, input: TableInput): Promise<TableResult> {
  const wanted = wantedNumbers(context, input)
  const missing = wanted.filter(({ cell }) => 'absent' in cell && cell.absent === 'not-measured')
  const work = { count: missing.length, since: performance.now() }
  for (const [index, one] of missing.entries()) {
    await evaluateRun(saying(context, one, index, work), one.input)
  }
  if (planOf(input).ensemble) combine(context, wantedNumbers(context, input))
  return tableNumbers(context, input)
}

/** Means of each column's evaluations, unless they are there. */
function combine(context: JobContext, wanted: readonly Wanted[]): void {
  const known = context.registry.ensembles.list()
  for (const numbers of Map.groupBy(wanted, ({ column }) => column).values()) {
    const members = numbers.flatMap(({ cell }): readonly Id[] =>
      'evaluation' in cell ? [cell.evaluation] : [],
    )
    const isWhole = members.length === numbers.length
    if (isWhole && !known.some((one) => sameSet(one.members, members))) combineEvaluations(context, members)
  }
}

/** Says of an evaluation's progress which of the table's numbers it is, and how far all of them are. */
function saying(
  context: JobContext,
  { run, column }: Wanted,
  index: number,
  { count, since }: TableProgress,
): JobContext {
  const detail = `${run.name}, ${column.views} (${index + 1}/${count})`
  const emit: JobContext['emit'] = (event) => {
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
