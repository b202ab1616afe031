import { extname, resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { writeAtomic } from '../base/files.ts'
import type { Metric } from '../evaluation/metric.ts'
import {
  linesOf,
  paperNote,
  tableCsv,
  tableMarkdown,
  tablePage,
  tableTitle,
} from '../evaluation/tableText.ts'
import type { TableResult } from '../evaluation/tables.ts'
import { table, type Column } from './table.ts'

export const formats = ['text', 'markdown', 'csv', 'html'] as const
export type TableFormat = (typeof formats)[number]

/** @param cells of a line */
export function printTable(result: TableResult, format: TableFormat, metric: Metric, cells: number): string {
  if (format === 'csv') return tableCsv(result, metric)
  if (format === 'markdown') return tableMarkdown(result, metric)
  if (format === 'html') return tablePage(result, metric)
  const { titles, own, paper, protocols } = linesOf(result, metric)
  const heads = titles.map((title, index): Column => ({
    title,
    ...(index < 2 ? { shrinks: index === 0 } : { align: 'right' }),
  }))
  const note = paper.length > 0 ? [paperNote] : []
  return [tableTitle(result), table(heads, [...own, ...paper], cells), '', ...protocols, ...note].join('\n')
}

const writers: Readonly<Record<string, (result: TableResult, metric: Metric) => string>> = {
  '.html': tablePage,
  '.htm': tablePage,
  '.md': (result, metric) => `${tableMarkdown(result, metric)}\n`,
  '.csv': (result, metric) => `${tableCsv(result, metric)}\n`,
  '.json': (result) => `${JSON.stringify(result, null, 2)}\n`,
}

/**
 * Writes tables to a file in the format that its ending says.
 * @returns what writes one, and gives the file's absolute path
 * @throws StudioError `invalid-option` for another ending
 */
export function tableWriter(path: string): (result: TableResult, metric: Metric) => Promise<string> {
  const text = writers[extname(path).toLowerCase()]
  if (!text) {
    throw new StudioError('invalid-option', { what: 'out', path, endings: Object.keys(writers) })
  }
  return async (result, metric) => {
    const file = resolve(path)
    await writeAtomic(file, text(result, metric))
    return file
  }
}
