import { reportOfFact, type ErrorReport } from '../../base/errors.ts'
import type { LogLine } from '../../jobs/journal.ts'
import type { Run } from '../../registry/types.ts'
import type { LogEntry } from '../api/types.ts'
import type { SettingChange } from '../../messages/types.ts'

/** Why a run is not complete. Of one whose process is gone without a trace only that is known. */
export function errorOf({ status, error }: Pick<Run, 'status' | 'error'>): ErrorReport | null {
  if (error !== null) return reportOfFact(error)
  if (status !== 'interrupted') return null
  return {
    code: 'process-gone',
    message: 'The process that trained it is gone: it was ended, or the machine restarted.',
    hint: 'Resume the run: it continues from its last checkpoint.',
  }
}

/** A run's log with its end, which only the registry knows: a process that died could not write it. */
export function logOf(run: Run, lines: readonly LogLine[]): readonly LogEntry[] {
  const numbered = lines.map((entry, line) => ({ line, ...entry }))
  const error = errorOf(run)
  if (error === null || run.ended === null) return numbered
  const { code, message, hint = null } = error
  const level = run.status === 'failed' ? 'error' : 'warning'
  return [...numbered, { line: lines.length, time: run.ended, level, code, message, hint }]
}

/** Warnings since the latest start: each code once, as last reported. */
export function standingWarnings(lines: readonly LogLine[]): readonly LogEntry[] {
  const start = lines.findLastIndex(({ code }) => code === 'started')
  const latest = new Map<string, LogEntry>()
  lines.forEach((entry, line) => {
    if (line < start || entry.level !== 'warning') return
    latest.delete(entry.code)
    latest.set(entry.code, { line, ...entry })
  })
  return [...latest.values()]
}

/** The change of settings with which a failed run is likely to succeed: the first of those that its error names. */
export function remedyOf({ status, dataset, error }: Run): readonly SettingChange[] {
  if (status !== 'failed' || dataset === null || error === null || !('values' in error)) return []
  const { changes } = error.values as { readonly changes?: readonly SettingChange[] }
  return changes?.slice(0, 1) ?? []
}
