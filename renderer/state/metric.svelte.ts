import type { Metric } from '../../core/evaluation/metric.ts'
import { percent } from '../logic/format.ts'
import { settings } from './settings.svelte.ts'

/** What the person has chosen to be told: errors or accuracy. The server's answers are errors. */
export const metric = {
  get current(): Metric {
    return settings.current.metric
  },
}

/** An error 0–1 in that metric; what is not there stays so. */
export function inMetric(error: number): number
export function inMetric(error: number | null | undefined): number | null | undefined
export function inMetric(error: number | null | undefined): number | null | undefined {
  return error == null || metric.current === 'error' ? error : 1 - error
}

/** `12.3%` of an error; an en dash where there is none. */
export const measured = (error: number | null | undefined): string => percent(inMetric(error))

/** The interval of an error. */
export const intervalIn = ({ low, high }: { readonly low: number; readonly high: number }) =>
  metric.current === 'error' ? { low, high } : { low: 1 - high, high: 1 - low }
