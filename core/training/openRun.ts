import { isDeepStrictEqual } from 'node:util'
import { release } from '../base/tensor.ts'
import type { Execution, TrainedBy } from '../engine/execution.ts'
import type { State, Trainer } from '../engine/types.ts'
import type { Warning } from './events.ts'
import { entryOf } from '../network/architectures/index.ts'
import { expectedPace, type ExpectedPace } from './duration.ts'
import { wholeFeatureSplit } from './features/split.ts'
import { emptyDynamics } from './imageDynamics.ts'
import { frozenLayers } from './layers.ts'
import type { MicroBatchSize } from './microBatchSize.ts'
import type { TrainingPlan, TrainingInput } from './plan.ts'
import { unknownPace } from './progress.ts'
import type { Recipe } from './recipe.ts'
import { openReporter, progressOf, type Run, type Stage } from './run.ts'
import { openStage } from './stage.ts'
import { warnOfNoEffect } from './withoutEffect.ts'

export async function openRun(input: TrainingInput, plan: TrainingPlan): Promise<Run> {
  const { state } = input.start
  const stage = openStage(input, plan, plan.header.position.epoch)
  const trainer = await openTrainer(stage, state)
  const header = { ...plan.header, execution: executionOf(input, trainer) }
  // The trainer has its own copy.
  releaseState(state)
  return {
    input,
    plan,
    stage,
    trainer,
    dynamics: input.start.dynamics ?? emptyDynamics(input.training.length),
    report: openReporter(input.emit, input.eventInterval ?? 250),
    header,
    pace: { ...unknownPace, expected: expectedOf(input, plan, header.execution) },
    losses: [],
    spreads: { first: null, latest: null },
    saved: { step: -1, epoch: -1, time: performance.now() },
  }
}

/**
 * Null where nothing is known of the machine, and where a head is trained on features: an epoch is over in moments, and
 * computing them tells its own time left.
 */
function expectedOf(
  { speeds, training, validation }: TrainingInput,
  { network, recipe, header }: TrainingPlan,
  target: Execution,
): ExpectedPace | null {
  if (speeds === undefined) return null
  if (wholeFeatureSplit(network, recipe, training.length + validation.length)) return null
  const images = { train: training.length, validation: validation.length }
  const { microBatch, threads } = header
  return expectedPace(network, recipe, { images, target, microBatch, threads: threads.engine, speeds })
}

/** Switches to the stage of the next epoch, if that is another one. */
export async function startEpoch(run: Run): Promise<void> {
  const { plan, input, header } = run
  const { epoch } = header.position
  const frozen = frozenLayers(plan.network, header.recipe.optimization, epoch)
  if (frozen.join() === run.stage.frozen.join()) return
  const state = await run.trainer.state()
  await run.trainer.dispose()
  await run.stage.dispose()
  run.stage = openStage(input, plan, epoch)
  run.trainer = await openTrainer(run.stage, state)
  releaseState(state)
}

/** Releases a state at once: a large network's is a gigabyte, too much to leave to the garbage collector. */
export function releaseState({ weights, momentum }: State): void {
  release(weights)
  release(momentum)
}

/** A trainer that is disposed of once, however often asked: if memory is short for its successor, the run closes it again. */
export async function openTrainer(stage: Stage, state: State): Promise<Trainer> {
  const trainer = await stage.openTrainer(state)
  let disposed: Promise<void> | undefined
  return { ...trainer, dispose: () => (disposed ??= trainer.dispose()) }
}

export async function closeRun({ trainer, stage }: Run): Promise<void> {
  await Promise.all([trainer.dispose(), stage.dispose()])
}

/** Reports what the run begins with, and what may go wrong. */
export function announceStart(run: Run): void {
  const { input, plan, header, report } = run
  const { position, microBatch, threads, recipe } = header
  const { engine, device, precision } = header.execution!
  report.emit({
    event: 'started',
    ...{ engine, device, precision, threads, microBatch },
    batchSize: recipe.optimization.batchSize,
    images: { training: input.training.length, validation: input.validation.length },
    epochs: recipe.optimization.epochs,
    position: { epoch: position.epoch, step: position.step },
    secondsLeft: progressOf(run, 'training', position.imagesDone).secondsLeft,
  })
  report.warnOnce(warnOfNoEffect(recipe))
  if (plan.chosen?.beyond) report.warnOnce(lowered(recipe, plan.chosen, plan.chosen.beyond))
  if (plan.chosen && !plan.chosen.fits) report.warnOnce(lowMemory(recipe, plan.chosen))
  report.warnOnce(otherDevice(plan.header.execution, header.execution!))
}

function executionOf({ engine }: TrainingInput, { device, precision }: Trainer): Execution {
  return { engine: engine.name, engineVersion: engine.version, device: device.id, precision }
}

/** The network's setting that memory depends on most. */
const savingOf = ({ network }: Recipe): string | null => entryOf(network).savings.settings[0] ?? null

function lowered(
  recipe: Recipe,
  { size }: MicroBatchSize,
  { size: asked, needed, available }: MicroBatchSize,
): Warning {
  return {
    event: 'warning',
    code: 'micro-batch-lowered',
    values: { asked, size, needed, available, saving: savingOf(recipe) },
  }
}

function lowMemory(recipe: Recipe, { size, needed, available }: MicroBatchSize): Warning {
  return {
    event: 'warning',
    code: 'low-memory',
    values: { size, needed, available, saving: savingOf(recipe) },
  }
}

const executionParts = ({ engine, engineVersion, device, precision }: TrainedBy) => ({
  engine,
  engineVersion,
  device,
  precision,
})

function otherDevice(before: TrainedBy | null, now: TrainedBy): Warning | null {
  if (before === null || isDeepStrictEqual(executionParts(before), executionParts(now))) return null
  const values = { what: 'continued', before: executionParts(before), now: executionParts(now) } as const
  return { event: 'warning', code: 'other-device', values }
}
