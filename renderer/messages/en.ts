import { common } from './en/common.ts'
import { complexity } from './en/complexity.ts'
import { data } from './en/data.ts'
import { inside } from './en/inside.ts'
import { results } from './en/results.ts'
import { newRun } from './en/newRun.ts'
import { protocols } from './en/protocols.ts'
import { metric } from './en/metric.ts'
import { units } from './en/units.ts'
import { statistics } from './en/statistics.ts'
import { runs } from './en/runs.ts'

/** English: complete by definition, since the keys are taken from here. */
export const en = {
  ...common,
  units,
  complexity,
  inside,
  data,
  newRun,
  statistics,
  ...metric,
  ...runs,
  ...results,
  ...protocols,
} as const
