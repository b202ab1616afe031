import { join } from 'node:path'
import { version } from '../../base/version.ts'
import {
  thresholdPoints,
  topErrors,
  defaultThresholds,
  type ThresholdPoint,
} from '../../evaluation/statistics/answers.ts'
import { calibrationOf, oneVersusRest, type Calibration } from '../../evaluation/statistics/calibration.ts'
import {
  classAreas,
  meanAreas,
  precisionRecallCurve,
  rocCurve,
  thinned,
  type ClassCurves,
  type Curve,
  type MeanAreas,
} from '../../evaluation/statistics/curves.ts'
import { groupsIn } from '../../evaluation/statistics/resampling.ts'
import { calibrated } from '../../evaluation/statistics/temperature.ts'
import type { Interval } from '../../evaluation/types.ts'
import { cachedJson } from '../../base/cachedJson.ts'
import type { Id } from '../../registry/types.ts'
import type { HomeContext } from '../context/home.ts'
import { clustersAmong, scoresOfEvaluation } from './scores.ts'
import { sourceOf, temperatureFor, type RunTemperature } from './temperatures.ts'

/** What can be said of an evaluation beyond its errors. All of the same images, `images` of them. */
export interface EvaluationStatistics {
  readonly evaluation: Id
  readonly run: Id
  readonly split: string
  readonly protocolText: string
  readonly images: number
  readonly top1Error: number
  readonly top1Interval: Interval
  /** Near-duplicate groups among them, and the images in these. */
  readonly groups: number
  readonly grouped: number
  readonly calibration: Calibration
  /** Fitted on validation images for this checkpoint and protocol; null where it has not been. */
  readonly temperature: RunTemperature | null
  /** Calibration with that temperature. */
  readonly calibrated: Calibration | null
  /** Error for k = 1, 2, … of at most 20. */
  readonly topErrors: readonly number[]
  readonly thresholds: readonly ThresholdPoint[]
  readonly classes: readonly (ClassCurves & { readonly name: string })[]
  readonly macro: MeanAreas
}

/** Raised where the same evaluation gives other statistics. */
const statisticsVersion = 1

/**
 * Made once and kept in the cache: intervals take seconds.
 * @throws StudioError `not-found`, `no-probabilities`
 */
export async function evaluationStatistics(
  context: HomeContext,
  { evaluation }: { readonly evaluation: Id },
): Promise<EvaluationStatistics> {
  const { home, registry } = context
  const row = registry.evaluations.get(evaluation)
  const source = sourceOf(row)
  const temperature = source && temperatureFor(context, source)
  const key = [registry.identity, evaluation, version, statisticsVersion, temperature?.temperature ?? 1]
  const file = join(home.cache, 'statistics', `${key.join('-')}.json`)
  return cachedJson(file, async () => {
    const scores = scoresOfEvaluation(context, row)
    const clusters = await clustersAmong(context, row.dataset, scores.positions)
    const options = { clusters, resampling: { seed: 0, resamples: 1000 } }
    const areas = row.result.classes.map(({ name }, label) => {
      const { score, truth } = oneVersusRest(scores, label)
      return { name, ...classAreas(score, truth) }
    })
    const { split, run, result } = row
    return {
      evaluation,
      run,
      split,
      protocolText: result.protocolText,
      images: scores.images,
      top1Error: result.top1Error,
      top1Interval: result.top1Interval,
      ...groupsIn(clusters),
      calibration: calibrationOf(scores, options),
      temperature,
      calibrated: temperature && calibrationOf(calibrated(scores, temperature.temperature), options),
      topErrors: topErrors(scores, 20),
      thresholds: thresholdPoints(scores, defaultThresholds),
      classes: areas,
      macro: meanAreas(areas),
    }
  })
}

/** One class against the rest, for a drawing. */
export interface ClassCurvePoints extends ClassCurves {
  readonly evaluation: Id
  readonly label: number
  readonly name: string
  readonly roc: Curve
  readonly precisionRecall: Curve
}

/** @throws StudioError `not-found`, `no-probabilities` */
export function classCurves(
  context: HomeContext,
  { evaluation, labels }: { readonly evaluation: Id; readonly labels: readonly number[] },
): readonly ClassCurvePoints[] {
  const row = context.registry.evaluations.get(evaluation)
  const scores = scoresOfEvaluation(context, row)
  return labels
    .filter((label) => label < scores.classes)
    .map((label) => {
      const { score, truth } = oneVersusRest(scores, label)
      return {
        evaluation,
        label,
        name: row.result.classes[label]!.name,
        ...classAreas(score, truth),
        roc: thinned(rocCurve(score, truth)),
        precisionRecall: thinned(precisionRecallCurve(score, truth)),
      }
    })
}
