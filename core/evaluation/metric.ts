import type { Interval } from './types.ts'

/**
 * What a person wants shares of images as: those that are wrong, or those that are right. What is stored, and what the API
 * and `--json` answer, are errors.
 */
export const metrics = ['error', 'accuracy'] as const
export type Metric = (typeof metrics)[number]

/** An error as the metric that a person has chosen. @param error 0–1; null and undefined stay */
export function inMetric(error: number, metric: Metric): number
export function inMetric<None extends null | undefined>(error: number | None, metric: Metric): number | None
export function inMetric(error: number | null | undefined, metric: Metric): number | null | undefined {
  return error == null || metric === 'error' ? error : 1 - error
}

/** The interval of an error, in the metric. */
export const intervalIn = ({ low, high }: Interval, metric: Metric): Interval =>
  metric === 'error' ? { low, high } : { low: 1 - high, high: 1 - low }
