import { testScales, type ScalePreset, type TrainedOn } from './scales.ts'
import type { Execution } from '../engine/execution.ts'
import type { TableTitle } from '../messages/catalog.ts'
import type { ViewsName } from './types.ts'

/** The result tables of the VGG paper, for one's own runs. */
export const tableNames = ['table3', 'table4', 'table5', 'table6'] as const
export type TableName = (typeof tableNames)[number]

/** One of a table's protocols: what is left out is as each run's own usual one. */
export interface TableColumn {
  readonly views: ViewsName
  /** Pixels, or a preset that follows each run's training scale. */
  readonly scales?: ScalePreset | readonly number[] | undefined
  readonly flips?: boolean | undefined
}

export interface TablePlan {
  readonly title: TableTitle
  readonly columns: readonly TableColumn[]
  /** Whether the numbers are those of all runs together. */
  readonly ensemble: boolean
  /** The paper's own figures, on ImageNet: another data set. */
  readonly paper: readonly PaperRow[]
}

/** Images of ImageNet's validation split, which the paper's figures are of. */
export const paperImages = 50_000

/** Errors in percent, [top-1, top-5], for each of the table's columns. */
export interface PaperRow {
  readonly network: string
  /** Training scale. */
  readonly trained: string
  readonly errors: readonly (readonly [number, number])[]
}

const all: TablePlan['columns'] = (['dense', 'grid', 'both'] as const).map((views) => ({
  views,
  scales: 'multi',
}))
const row = (network: string, trained: string, ...errors: PaperRow['errors']): PaperRow => ({
  network,
  trained,
  errors,
})

/** Simonyan & Zisserman 2015, Tables 3 to 6 (of Table 6 the networks D and E together). */
export const tables: Readonly<Record<TableName, TablePlan>> = {
  table3: {
    title: { code: 'table3', values: {} },
    columns: [{ views: 'dense', scales: 'single' }],
    ensemble: false,
    paper: [
      row('A', '256', [29.6, 10.4]),
      row('A-LRN', '256', [29.7, 10.5]),
      row('B', '256', [28.7, 9.9]),
      row('C', '256', [28.1, 9.4]),
      row('C', '384', [28.1, 9.3]),
      row('C', '256–512', [27.3, 8.8]),
      row('D', '256', [27.0, 8.8]),
      row('D', '384', [26.8, 8.7]),
      row('D', '256–512', [25.6, 8.1]),
      row('E', '256', [27.3, 9.0]),
      row('E', '384', [26.9, 8.7]),
      row('E', '256–512', [25.5, 8.0]),
    ],
  },
  table4: {
    title: { code: 'table4', values: {} },
    columns: [{ views: 'dense', scales: 'multi' }],
    ensemble: false,
    paper: [
      row('B', '256', [28.2, 9.6]),
      row('C', '256', [27.7, 9.2]),
      row('C', '384', [27.8, 9.2]),
      row('C', '256–512', [26.3, 8.2]),
      row('D', '256', [26.6, 8.6]),
      row('D', '384', [26.5, 8.6]),
      row('D', '256–512', [24.8, 7.5]),
      row('E', '256', [26.9, 8.7]),
      row('E', '384', [26.7, 8.6]),
      row('E', '256–512', [24.8, 7.5]),
    ],
  },
  table5: {
    title: { code: 'table5', values: {} },
    columns: all,
    ensemble: false,
    paper: [
      row('D', '256–512', [24.8, 7.5], [24.6, 7.5], [24.4, 7.2]),
      row('E', '256–512', [24.8, 7.5], [24.6, 7.4], [24.4, 7.1]),
    ],
  },
  table6: {
    title: { code: 'table6', values: {} },
    columns: all,
    ensemble: true,
    paper: [row('D + E', '256–512', [24.0, 7.1], [23.9, 7.2], [23.7, 6.8])],
  },
}

/** Whether a run's images reach the scales: those below its crop have no room for it ("n/a"). */
export function reaches({ scales }: TableColumn, trainedOn: TrainedOn): boolean {
  if (scales === undefined) return true
  const sides = typeof scales === 'string' ? testScales(trainedOn, scales) : scales
  return sides.every((scale) => scale >= trainedOn.crop)
}

/** A number of a table, with all that it was come by. */
export interface MeasuredCell {
  readonly views: ViewsName
  readonly protocolText: string
  /** Or the ensemble: ids of registry rows. */
  readonly evaluation: string
  readonly images: number
  /** 0–1. */
  readonly top1Error: number
  /** 0–1; null with five classes or fewer. */
  readonly top5Error: number | null
  /** Checkpoint of an evaluation. */
  readonly checkpoint?: string
  readonly execution?: Execution
}

/** Why a table has no number. */
export interface AbsentCell {
  readonly views: ViewsName
  /** scale: a test scale would be smaller than the crop. form: the network has no such form. */
  readonly absent: 'scale' | 'form' | 'not-measured'
}

export type TableCell = MeasuredCell | AbsentCell

export interface TableRow {
  /** Runs: one, or those of an ensemble. */
  readonly runs: readonly string[]
  readonly network: string
  /** Training scale S. */
  readonly trained: string
  readonly cells: readonly TableCell[]
  /** The paper's row for such a network and training scale; null where it has none. */
  readonly paper: PaperRow | null
}

export interface TableResult {
  /** Null: protocols of one's own. */
  readonly table: TableName | null
  readonly title: TableTitle
  /** `flowers@2` */
  readonly dataset: string
  readonly split: string
  readonly columns: readonly TableColumn[]
  readonly rows: readonly TableRow[]
  /** All of the paper's rows, on ImageNet, percent. */
  readonly paper: readonly PaperRow[]
  /** How many images the paper's figures are of. */
  readonly paperImages: number
}

/**
 * The paper's row that a run is like: the same configuration, trained at one scale (256 or 384 for crops of 224, whichever
 * is nearer in proportion) or at scales drawn from a range.
 */
export function paperRow(
  rows: readonly PaperRow[],
  config: string | undefined,
  { crop, scale: { min, max } }: TrainedOn,
): PaperRow | null {
  const fixed = (224 * min) / crop < (256 + 384) / 2 ? '256' : '384'
  const trained = min < max ? '256–512' : fixed
  return rows.find((row) => row.network === config && row.trained === trained) ?? null
}
