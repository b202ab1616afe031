import type { Metric } from '../evaluation/metric.ts'
import type { Interval } from '../evaluation/types.ts'
import type { EvaluationDifference } from '../jobs/statistics/differences.ts'
import type { GroupsOutcome } from '../jobs/statistics/seedGroups.ts'
import { counted, measured } from './format.ts'

const points = (fraction: number): string =>
  `${fraction < 0 ? '−' : ''}${Math.abs(100 * fraction).toFixed(1)}`

/** One sentence for each run that is held against the first. */
export function differencesText(differences: readonly EvaluationDifference[]): string {
  return differences.map(({ sentence, basis }) => `${sentence}\n  ${basis}`).join('\n')
}

/** Settings by their seeds. */
export function groupsText({ groups, differences, images, split }: GroupsOutcome, metric: Metric): string {
  const lines = groups.map(({ names, spread: { mean, deviation, n } }) => {
    const spread = deviation === null ? '' : ` ± ${(100 * deviation).toFixed(1)}`
    return `  ${names.join(', ')}: ${measured(mean, metric)}${spread} (mean ± SD, n = ${n})`
  })
  const compared = differences.map(({ difference, interval }, index) => {
    const isBetter = difference >= 0
    const what = isBetter === (metric === 'error') ? `less ${metric}` : `more ${metric}`
    const by = `${points(Math.abs(difference))} points ${what}`
    return `  Setting ${index + 2} against the first: ${by}, ${interval ? rangeText(interval, isBetter) : 'no interval with a single seed'}.`
  })
  return [
    `Settings over seeds (top-1 ${metric}, ${counted(images, `${split} image`)})`,
    ...lines,
    ...compared,
  ].join('\n')
}

/** As seen from the first setting: turned around where the other one is worse. */
function rangeText({ low, high }: Interval, isBetter: boolean): string {
  const [from, to] = isBetter ? [low, high] : [-high, -low]
  return `95% ${points(from)} to ${points(to)} (Welch)`
}
