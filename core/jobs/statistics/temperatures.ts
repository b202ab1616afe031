import { StudioError } from '../../base/errors.ts'
import { describeProtocol } from '../../evaluation/protocol.ts'
import type { Protocol } from '../../evaluation/types.ts'
import { fitTemperature, type TemperatureFit } from '../../evaluation/statistics/temperature.ts'
import type { EvaluationRow, Id } from '../../registry/types.ts'
import type { HomeContext } from '../context/home.ts'
import { scoresOfEvaluation } from './scores.ts'

/** A temperature with what it was fitted on. */
export interface RunTemperature extends TemperatureFit {
  readonly run: Id
  /** The evaluation on validation images that it was fitted to. */
  readonly evaluation: Id
  readonly checkpoint: string
  readonly epoch: number
  readonly protocolText: string
}

/**
 * Fits the temperature on an evaluation of validation images, and keeps it with the run.
 * @throws StudioError `temperature-needs-validation` for other images: a temperature fitted on test images would make
 * their own numbers look better than they are; `temperature-without-optimum`, `no-probabilities`
 */
export function fitRunTemperature(
  context: HomeContext,
  { evaluation }: { readonly evaluation: Id },
): RunTemperature {
  const row = context.registry.evaluations.get(evaluation)
  if (row.split !== 'validation') {
    throw new StudioError('temperature-needs-validation', { evaluation, split: row.split })
  }
  const fit = fitTemperature(scoresOfEvaluation(context, row))
  context.registry.temperatures.put(evaluation, fit)
  return ofRow(row, fit)
}

/**
 * The temperature of a run's checkpoint as it is now, for a protocol.
 * @throws StudioError `no-temperature`
 */
export function requireTemperature(
  context: HomeContext,
  run: Id,
  checkpoint: string,
  protocol: Protocol,
): number {
  const row = context.registry.checkpoints.list(run).find(({ kind }) => kind === checkpoint)
  const protocolText = describeProtocol(protocol)
  const found = row && temperatureFor(context, { run, checkpoint, step: row.step, protocolText })
  if (found) return found.temperature
  throw new StudioError('no-temperature', { run, checkpoint })
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

function ofRow({ id, run, checkpoint, result }: EvaluationRow, fit: TemperatureFit): RunTemperature {
  const { protocolText, source } = result
  return { run, evaluation: id, checkpoint, epoch: source?.epoch ?? 0, protocolText, ...fit }
}
