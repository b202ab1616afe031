import { StudioError, type ErrorFact } from '../../base/errors.ts'
import type { Metric } from '../../evaluation/metric.ts'
import type { NumberedLine } from '../../jobs/recording/runLog.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { textOf } from '../../messages/text.ts'
import type { Run } from '../../registry/types.ts'
import type { LogEntry } from '../api/types.ts'
import type { SettingChange } from '../../messages/types.ts'

/** Why a run is not complete. Of one whose process is gone without a trace only that is known. */
export function errorOf({ status, error }: Pick<Run, 'status' | 'error'>): ErrorFact | null {
  if (error !== null || status !== 'interrupted') return error
  return new StudioError('process-gone', {}).fact
}

/** A run's log with its end, which only the registry knows: a process that died could not write it. */
export function logOf(
  run: Run,
  lines: readonly NumberedLine[],
  texts: Catalog,
  metric: Metric,
): readonly LogEntry[] {
  const numbered = lines.map((entry) => entryOf(inTheMetric(entry, metric), texts))
  const error = errorOf(run)
  if (error === null || run.ended === null) return numbered
  const level = run.status === 'failed' ? 'error' : 'warning'
  const line = (lines.at(-1)?.line ?? -1) + 1
  return [...numbered, entryOf({ time: run.ended, level, line, ...error }, texts)]
}

function inTheMetric(entry: NumberedLine, metric: Metric): NumberedLine {
  return 'values' in entry ? { ...entry, values: { ...entry.values, metric } } : entry
}

function entryOf(entry: NumberedLine, texts: Catalog): LogEntry {
  const { line, time, level, code } = entry
  const { message, hint = null } = textOf(texts, entry)
  return { line, time, level, code, message, hint }
}

/** Warnings since the latest start: each code once, as last reported. */
export function standingWarnings(lines: readonly NumberedLine[], texts: Catalog): readonly LogEntry[] {
  const start = lines.findLastIndex(({ code }) => code === 'started')
  const latest = new Map<string, LogEntry>()
  lines.forEach((entry, index) => {
    if (index < start || entry.level !== 'warning') return
    latest.delete(entry.code)
    latest.set(entry.code, entryOf(entry, texts))
  })
  return [...latest.values()]
}

/** The change of settings with which a failed run is likely to succeed: the first of those that its error names. */
export function remedyOf({ status, dataset, error }: Run): readonly SettingChange[] {
  if (status !== 'failed' || dataset === null || error === null || !('values' in error)) return []
  const { changes } = error.values as { readonly changes?: readonly SettingChange[] }
  return changes?.slice(0, 1) ?? []
}
