import { StudioError } from '../base/errors.ts'
import { release } from '../base/tensor.ts'
import type { ImageResults, StepResult } from '../engine/types.ts'
import type { LoadedBatch } from '../pipeline/types.ts'
import { epochOrder } from '../pipeline/sampler.ts'
import { movements, type Signs } from './diagnosis.ts'
import { addSeen, type SeenImages } from './imageDynamics.ts'
import { alignedStart, microBatches, type MicroBatch } from './microBatches.ts'
import { weightedTargets } from './mixture.ts'
import { augmentationOf } from './preprocessing.ts'
import { withThroughput } from './progress.ts'
import { headerOf, progressOf, stopRequested, type Run } from './run.ts'
import { saveIfDue, saveLast } from './saving.ts'
import { learningRate } from './schedule.ts'
import { diverged, stuckAtChance, stuckWindow } from './warnings.ts'

/** Names the dropout masks' random streams: "drop" in ASCII. */
const dropout = 0x64726f70

/** The micro-batches of an update so far. */
interface Update {
  /** Mean over the planned images; unreadable ones count as 0. */
  readonly loss: number
  readonly correct: number
  /** Readable ones. */
  readonly images: number
  readonly seconds: number
  readonly waited: number
  /** Σ of images times the square of how far their logits differ. */
  readonly spread: number
  readonly seen: readonly SeenImages[]
}

const emptyUpdate: Update = { loss: 0, correct: 0, images: 0, seconds: 0, waited: 0, spread: 0, seen: [] }

/**
 * Trains from where the run stands to the end of its epoch, update by update.
 * @throws StudioError `diverged`, `unreadable-images`, and what engine and loader throw; `run` then stands at the
 * last whole update
 */
export async function trainEpoch(run: Run): Promise<'done' | 'stopped'> {
  let update = emptyUpdate
  let since = performance.now()
  for await (const microBatch of epochMicroBatches(run)) {
    update = await accumulate(run, microBatch, update)
    run.report.unreadable(microBatch.failures)
    if (microBatch.update.complete) await apply(run, microBatch, update)
    const seconds = (performance.now() - since) / 1000
    since += seconds * 1000
    run.pace = { ...run.pace, training: withThroughput(run.pace.training, seconds, microBatch.labels.length) }
    update = { ...update, seconds: update.seconds + seconds }
    if (!microBatch.update.complete) {
      run.report.progress(progressOf(run, 'training', microBatch.imagesDone, update.waited))
      continue
    }
    await finish(run, microBatch, update)
    update = emptyUpdate
    if (await betweenUpdates(run)) return 'stopped'
    since = performance.now()
  }
  return 'done'
}

function epochMicroBatches(run: Run): AsyncGenerator<MicroBatch, void> {
  const { header, plan } = run
  const { recipe, position, microBatch } = header
  const { seed, data, optimization } = recipe
  const order = epochOrder(plan.labels, { seed, epoch: position.epoch, sampling: data.sampling })
  const from = position.imagesDone
  const loaded: AsyncIterable<LoadedBatch> = run.stage.loaders.training.training({
    order,
    from: alignedStart({ from, microBatch }),
    microBatch,
    augmentation: augmentationOf(recipe.data, header.statistics),
    seed,
    epoch: position.epoch,
  })
  return microBatches(loaded, { images: order.length, batchSize: optimization.batchSize, microBatch, from })
}

async function accumulate(run: Run, microBatch: MicroBatch, update: Update): Promise<Update> {
  const waited = update.waited + microBatch.waited
  if (microBatch.labels.length === 0) return { ...update, waited }
  const { recipe, position } = run.header
  const { loss, classifierLoss, correct, spread, images }: StepResult = await run.trainer.accumulate({
    images: microBatch.images,
    ...weightedTargets(microBatch, run.plan.classWeights, microBatch.update.images),
    dropoutSeed: [recipe.seed, dropout, position.step, microBatch.update.index],
  })
  if (!Number.isFinite(loss)) {
    const situation = { recipe, presetRate: run.input.presetRate }
    const at = { epoch: position.epoch + 1, step: position.step + 1, learningRate: currentLearningRate(run) }
    throw diverged(situation, at)
  }
  return {
    ...update,
    loss: update.loss + classifierLoss,
    correct: update.correct + correct,
    images: update.images + microBatch.labels.length,
    spread: update.spread + microBatch.labels.length * spread ** 2,
    seen: [...update.seen, ...seenIn(microBatch, images)],
    waited,
  }
}

/** Nothing is known of images that others were mixed into. The loader's memory is used again. */
function seenIn({ items, mixed }: MicroBatch, results: ImageResults): readonly SeenImages[] {
  return mixed ? [] : [{ items: items.slice(), results }]
}

/** The rate of the update that comes next, or is being made. */
export function currentLearningRate({ header, plan }: Pick<Run, 'header' | 'plan'>): number {
  const { optimization } = header.recipe
  const step = Math.floor(header.position.imagesDone / optimization.batchSize)
  const moment = { epoch: header.position.epoch, step, stepsPerEpoch: plan.stepsPerEpoch }
  return learningRate(optimization, header.schedule, moment)
}

async function apply(run: Run, microBatch: MicroBatch, update: Update): Promise<void> {
  if (update.images === 0) throw noneReadable(microBatch)
  const { momentum, weightDecay } = run.header.recipe.optimization
  await run.trainer.apply({ learningRate: currentLearningRate(run), momentum, weightDecay })
}

/** Moves on by an update that was made, and tells of it. */
async function finish(run: Run, microBatch: MicroBatch, update: Update): Promise<void> {
  const rate = currentLearningRate(run)
  const loss = (update.loss * microBatch.update.images) / update.images
  advance(run, microBatch, { ...update, loss })
  run.report.step({
    event: 'step',
    ...progressOf(run, 'training', microBatch.imagesDone),
    step: run.header.position.step,
    loss,
    error: 1 - update.correct / update.images,
    learningRate: rate,
  })
  // One image at a time differs from no other.
  const latest = run.header.microBatch === 1 ? null : Math.sqrt(update.spread / update.images)
  const { first } = run.spreads
  run.spreads = { first: run.header.position.step === 1 ? latest : first, latest }
  await warnWhenStuck(run, loss)
}

/** @param update `loss` is the mean over its readable images */
function advance(run: Run, microBatch: MicroBatch, update: Update): void {
  const { position, sums } = run.header
  addSeen(run.dynamics, update.seen)
  run.header = headerOf(run, {
    position: { ...position, imagesDone: microBatch.imagesDone, step: position.step + 1 },
    sums: {
      loss: sums.loss + update.loss * update.images,
      correct: sums.correct + update.correct,
      images: sums.images + update.images,
      seconds: sums.seconds + update.seconds,
      waited: sums.waited + update.waited,
    },
  })
}

async function warnWhenStuck(run: Run, loss: number): Promise<void> {
  const situation = { ...run.plan, recipe: run.header.recipe }
  run.losses = [...run.losses, loss].slice(-stuckWindow(situation).window)
  if (run.report.hasWarned('stuck-at-chance')) return
  const { step } = run.header.position
  if (stuckAtChance(situation, run.losses, step) === null) return
  run.report.warnOnce(stuckAtChance(situation, run.losses, step, await signsOf(run)))
}

/** A copy of all weights, as at an epoch's end: taken only where there is something to explain. */
async function signsOf(run: Run): Promise<Signs> {
  const { optimization } = run.header.recipe
  const { rateFactors = {} } = run.plan.trainerOptions
  const state = await run.trainer.state()
  const updating = { ...optimization, learningRate: currentLearningRate(run), rateFactors }
  try {
    const moved = movements(state, { ...updating, step: run.header.position.step })
    return { firstSpread: run.spreads.first, spread: run.spreads.latest, ...moved }
  } finally {
    release(state.weights)
    release(state.momentum)
  }
}

function noneReadable({ failures, update }: MicroBatch): StudioError {
  return new StudioError('unreadable-images', {
    what: 'batch',
    images: update.images,
    example: failures[0] ?? null,
  })
}

/** Saves when it is time, waits while paused. True when the run is to stop. */
async function betweenUpdates(run: Run): Promise<boolean> {
  await saveIfDue(run)
  if (await stopRequested(run)) return true
  const { pause, stop } = run.input.signals ?? {}
  if (!pause?.paused) return false
  await saveLast(run)
  run.report.emit({ event: 'paused' })
  await pause.whenResumed(stop)
  run.report.emit({ event: 'resumed' })
  return stopRequested(run)
}
