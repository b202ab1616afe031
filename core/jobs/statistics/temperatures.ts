import { StudioError } from '../../base/errors.ts'
import { describeProtocol, parseProtocol } from '../../evaluation/protocol.ts'
import type { Protocol } from '../../evaluation/types.ts'
import { fitTemperature, type TemperatureFit } from '../../evaluation/statistics/temperature.ts'
import type { Registry } from '../../registry/registry.ts'
import type { EvaluationRow, Id, Run } from '../../registry/types.ts'
import { parseRecipe } from '../../training/recipe.ts'
import type { JobContext, WorkContext } from '../context/context.ts'
import type { HomeContext } from '../context/home.ts'
import { labelsOf, scoresOfRows, type ImageLabel, type ProbabilityRow } from './scores.ts'

/** A temperature with what it was fitted on. */
export interface RunTemperature extends TemperatureFit {
  readonly run: Id
  /** The evaluation on validation images that it was fitted to. */
  readonly evaluation: Id
  readonly checkpoint: string
  readonly epoch: number
  readonly protocolText: string
}

/** Fits the temperature on an evaluation of validation images, in this process, and keeps it with the run. */
export const fitRunTemperature = async (
  context: JobContext,
  { evaluation }: { readonly evaluation: Id },
): Promise<RunTemperature> => fitTemperatureOf(context, fittable(context.registry, evaluation))

/** An evaluation with the true class of each image. */
export interface FittableEvaluation {
  readonly row: ProbabilityRow
  readonly labels: readonly ImageLabel[]
}

/**
 * @throws StudioError `temperature-needs-validation` for other images: a temperature fitted on test images would make
 * their own numbers look better than they are
 */
export function fittable({ evaluations }: Registry, evaluation: Id): FittableEvaluation {
  const row = evaluations.get(evaluation)
  if (row.split !== 'validation') {
    throw new StudioError('temperature-needs-validation', { evaluation, split: row.split })
  }
  return { row, labels: labelsOf(evaluations, evaluation) }
}

/** Fits and records. @throws StudioError `temperature-without-optimum`, `no-probabilities` */
export async function fitTemperatureOf(
  { home, record }: WorkContext,
  { row, labels }: FittableEvaluation,
): Promise<RunTemperature> {
  const fit = fitTemperature(scoresOfRows(home, row, labels))
  await record('temperature', { evaluation: row.id, fit })
  return ofRow(row, fit)
}

/**
 * The temperature of a run's checkpoint as it is now, for predictions and exports.
 * @throws StudioError `no-temperature`
 */
export function requireTemperature(context: HomeContext, { id, recipe }: Run, checkpoint: string): number {
  const row = context.registry.checkpoints.list(id).find(({ kind }) => kind === checkpoint)
  const protocolText = describeProtocol(parseProtocol({}, parseRecipe(recipe).data))
  const found = row && temperatureFor(context, { run: id, checkpoint, step: row.step, protocolText })
  if (found) return found.temperature
  throw new StudioError('no-temperature', { run: id, checkpoint })
}

/** Temperatures that predictions by a run's checkpoints can use as they are now, by a protocol. */
export function usableTemperatures(
  context: HomeContext,
  run: Id,
  protocol: Protocol,
): readonly RunTemperature[] {
  const protocolText = describeProtocol(protocol)
  return context.registry.checkpoints
    .list(run)
    .flatMap(({ kind, step }) => temperatureFor(context, { run, checkpoint: kind, step, protocolText }) ?? [])
}

/** Where an evaluation's probabilities come from; null for those of earlier versions, which do not say. */
export function sourceOf({ run, checkpoint, result }: EvaluationRow): ProbabilitySource | null {
  const { source, protocolText } = result
  return source ? { run, checkpoint, step: source.step, protocolText } : null
}

/** What probabilities come from, besides the images. */
export interface ProbabilitySource {
  readonly run: Id
  readonly checkpoint: string
  /** The checkpoint's place in training: `best` may be another one later. */
  readonly step: number
  readonly protocolText: string
}

/** The temperature of the same checkpoint at the same moment, by the same protocol; null where there is none. */
export function temperatureFor(context: HomeContext, source: ProbabilitySource): RunTemperature | null {
  const found = context.registry.temperatures.list(source.run).findLast(({ evaluation }) => {
    const { checkpoint, result } = context.registry.evaluations.get(evaluation)
    return (
      checkpoint === source.checkpoint &&
      result.source?.step === source.step &&
      result.protocolText === source.protocolText
    )
  })
  if (!found) return null
  const { evaluation, ...fit } = found
  return ofRow(context.registry.evaluations.get(evaluation), fit)
}

function ofRow({ id, run, checkpoint, result }: ProbabilityRow, fit: TemperatureFit): RunTemperature {
  const { protocolText, source } = result
  return { run, evaluation: id, checkpoint, epoch: source?.epoch ?? 0, protocolText, ...fit }
}
