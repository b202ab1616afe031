import type { State } from '../engine/types.ts'
import { isBetter } from './best.ts'
import { zeroSums } from './checkpointHeader.ts'
import { currentLearningRate } from './epoch.ts'
import type { EpochRecord, Validation } from './events.ts'
import { validationView } from './preprocessing.ts'
import { withThroughput } from './progress.ts'
import { headerOf, progressOf, stopRequested, type Run } from './run.ts'
import { saveEpoch } from './saving.ts'
import { advanceSchedule } from './schedule.ts'
import { validate } from './validate.ts'
import { diverged, diverging, overfitting } from './warnings.ts'

/**
 * Validates the state after an epoch's last update. Null without validation images.
 * @throws StudioError `diverged` when the loss is no number, `unreadable-images`
 */
export async function validateEpoch(run: Run, state: State): Promise<Validation | null | 'stopped'> {
  const { validation: loader } = run.stage.loaders
  if (loader === null) return null
  const { recipe, microBatch, position } = run.header
  const situation = { recipe, presetRate: run.input.presetRate }
  const { stop } = run.input.signals ?? {}
  run.report.emit({ event: 'progress', ...progressOf(run, 'validation', 0) })
  const start = performance.now()
  const predictor = await run.stage.openPredictor(state.weights)
  run.pace = { ...run.pace, opening: (performance.now() - start) / 1000 }
  const onBatch = reporter(run)
  try {
    const view = validationView(recipe)
    const result = await validate({ predictor, loader, view, microBatch, stop, onBatch })
    if (result === null) return 'stopped'
    if (Number.isFinite(result.loss)) return result
    throw diverged(situation, { epoch: position.epoch + 1, step: position.step, learningRate: lastRate(run) })
  } finally {
    await predictor.dispose()
  }
}

function reporter(run: Run): Parameters<typeof validate>[0]['onBatch'] {
  let done = 0
  let since = performance.now()
  return async ({ images, failures }) => {
    const seconds = (performance.now() - since) / 1000
    since += seconds * 1000
    done += images
    run.pace = { ...run.pace, validation: withThroughput(run.pace.validation, seconds, images) }
    run.report.unreadable(failures)
    run.report.progress(progressOf(run, 'validation', done))
    await stopRequested(run)
  }
}

/** Records the epoch, moves to the start of the next one, and saves. */
export async function closeEpoch(
  run: Run,
  state: State,
  validation: Validation | null,
  validationSeconds: number,
): Promise<void> {
  const { header } = run
  const record = epochRecord(run, validation, validationSeconds)
  const best =
    validation !== null && isBetter(validation, header.best) ? bestOf(record.epoch, validation) : null
  run.header = headerOf(run, {
    position: { ...header.position, epoch: record.epoch, imagesDone: 0 },
    sums: zeroSums,
    schedule: advanceSchedule(header.recipe.optimization.schedule, header.schedule, record),
    best: best ?? header.best,
    epochs: [...header.epochs, record],
  })
  run.report.emit({ event: 'epoch', ...record })
  await saveEpoch(run, state, best !== null)
  const situation = { ...run.plan, recipe: header.recipe, presetRate: run.input.presetRate }
  run.report.warnOnce(diverging(situation, record))
  // Where weight decay falls from epoch to epoch, overfitting is what tells which of them is the best.
  if (header.recipe.optimization.solver === 'sgd')
    run.report.warnOnce(overfitting(situation, run.header.epochs))
}

const bestOf = (epoch: number, { top1Error, loss, images }: Validation) => ({
  epoch,
  top1Error,
  loss,
  images,
})

function epochRecord(run: Run, validation: Validation | null, validationSeconds: number): EpochRecord {
  const { sums, position } = run.header
  return {
    epoch: position.epoch + 1,
    trainingLoss: sums.loss / sums.images,
    trainingError: 1 - sums.correct / sums.images,
    images: sums.images,
    validation,
    ...rateOf(run),
    imagesPerSecond: sums.images / sums.seconds,
    dataWait: sums.waited,
    seconds: sums.seconds + validationSeconds,
  }
}

function rateOf(run: Run): Pick<EpochRecord, 'learningRate' | 'weightDecay'> {
  const { recipe, position } = run.header
  if (recipe.optimization.solver === 'sgd') return { learningRate: lastRate(run) }
  return { learningRate: 0, weightDecay: run.stage.fitter!().weightDecay(position.epoch) }
}

/** Learning rate of the epoch's last update. */
function lastRate({ header, plan }: Run): number {
  const imagesDone = (plan.stepsPerEpoch - 1) * header.recipe.optimization.batchSize
  return currentLearningRate({ plan, header: { ...header, position: { ...header.position, imagesDone } } })
}
