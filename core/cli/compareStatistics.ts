import type { Metric } from '../evaluation/metric.ts'
import type { EvaluationDifference } from '../jobs/statistics/differences.ts'
import type { ComparedGroups } from '../jobs/statistics/seedGroups.ts'
import type { Catalog } from '../messages/catalog.ts'
import { lineOf } from '../messages/text.ts'
import { settingText } from '../messages/en/differences.ts'
import { counted, measured } from './format.ts'

/** One sentence for each run that is held against the first. */
export function differencesText(differences: readonly EvaluationDifference[], texts: Catalog): string {
  return differences
    .map(({ sentence, basis }) => `${lineOf(texts, sentence)}\n  ${lineOf(texts, basis)}`)
    .join('\n')
}

/** Settings by their seeds. */
export function groupsText({ groups, differences, images, split }: ComparedGroups, metric: Metric): string {
  const lines = groups.map(({ names, spread: { mean, deviation, n } }) => {
    const spread = deviation === null ? '' : ` ± ${(100 * deviation).toFixed(1)}`
    return `  ${names.join(', ')}: ${measured(mean, metric)}${spread} (mean ± SD, n = ${n})`
  })
  const compared = differences.map((one, index) => `  ${settingText(index + 2, one, metric)}`)
  return [
    `Settings over seeds (top-1 ${metric}, ${counted(images, `${split} image`)})`,
    ...lines,
    ...compared,
  ].join('\n')
}
