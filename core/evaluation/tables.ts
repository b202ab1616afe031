import { testScales, type ScalePreset, type TrainedOn } from './scales.ts'
import type { ViewsName } from './types.ts'

/** The result tables of the VGG paper, for one's own runs. */
export const tableNames = ['table3', 'table4', 'table5', 'table6'] as const
export type TableName = (typeof tableNames)[number]

/** One of a table's protocols. */
export interface TableColumn {
  readonly views: Extract<ViewsName, 'dense' | 'grid' | 'both'>
  readonly scales: ScalePreset
}

export interface TablePlan {
  readonly title: string
  readonly columns: readonly TableColumn[]
  /** Whether the numbers are those of all runs together. */
  readonly ensemble: boolean
  /** The paper's own figures, on ImageNet: another data set. */
  readonly paper: readonly PaperRow[]
}

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
    title: 'Single scale (Table 3)',
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
    title: 'Several scales (Table 4)',
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
    title: 'Dense, crops, and both (Table 5)',
    columns: all,
    ensemble: false,
    paper: [
      row('D', '256–512', [24.8, 7.5], [24.6, 7.5], [24.4, 7.2]),
      row('E', '256–512', [24.8, 7.5], [24.6, 7.4], [24.4, 7.1]),
    ],
  },
  table6: {
    title: 'Several networks together (Table 6)',
    columns: all,
    ensemble: true,
    paper: [row('D + E', '256–512', [24.0, 7.1], [23.9, 7.2], [23.7, 6.8])],
  },
}

/** Whether a run's images reach the scales: those below its crop have no room for it ("n/a"). */
export function reaches({ scales }: TableColumn, trainedOn: TrainedOn): boolean {
  return testScales(trainedOn, scales).every((scale) => scale >= trainedOn.crop)
}
