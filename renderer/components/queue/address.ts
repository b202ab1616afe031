import type { Job } from '../../../core/server/queue/types.ts'

/** Where a job, or what it made, is shown. */
export function addressOf({ result, run, dataset, plan, kind }: Job): string {
  if (plan !== null) return `/plans/${plan}`
  if (result?.evaluation !== undefined) return `/evaluations/${result.evaluation}`
  if (result?.ensemble !== undefined) return `/ensembles/${result.ensemble}`
  if (result?.export !== undefined) return `/exports/${result.export}`
  if (run !== null) return `/runs/${run}`
  if (dataset !== null) return `/data/${dataset}`
  if (kind === 'table') return '/tables'
  return kind === 'install' || kind === 'uninstall' ? '/settings' : '/data'
}
