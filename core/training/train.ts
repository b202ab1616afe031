import { StudioError } from '../base/errors.ts'
import { checkDisk, checkpointSize, listCheckpoints, prepareFolder } from './checkpointFiles.ts'
import { trainEpoch } from './epoch.ts'
import { closeEpoch, validateEpoch } from './epochEnd.ts'
import type { TrainingResult } from './events.ts'
import { announceStart, closeRun, startEpoch, openRun, releaseState } from './openRun.ts'
import { retryWithLessMemory } from './outOfMemory.ts'
import type { Network } from '../network/types.ts'
import { planTraining, type TrainingPlan, type TrainingInput } from './plan.ts'
import type { Recipe } from './recipe.ts'
import { stopRequested, type Run } from './run.ts'
import { saveLast } from './saving.ts'
import { stopsEarly } from './schedule.ts'

export type { TrainingInput } from './plan.ts'

/**
 * Trains from `start` to the recipe's end, or until it is told to stop. A new run and a resumed one are the same:
 * everything follows from the checkpoint, and equal checkpoints give equal losses on the same engine and device.
 *
 * @throws StudioError `diverged` with advice, `out-of-memory`, `disk-full`, `unreadable-images`, `dataset-changed`,
 * `no-images`, `invalid-recipe`; the last checkpoint stays
 */
export async function train(input: TrainingInput): Promise<TrainingResult> {
  const plan = planTraining(input)
  await prepareFolder(input.folder)
  if (finished(plan.header)) return finishRun(input, plan.header, 'completed')
  await checkDiskSpace(plan.network, plan.recipe, input.folder, plan.header.position.epoch)
  const run = await openRun(input, plan)
  try {
    announceStart(run)
    const status = await trainToTheEnd(run)
    input.onPace?.(run.pace)
    return await finishRun(input, run.header, status)
  } finally {
    await closeRun(run)
  }
}

/**
 * @param done epochs of the run so far
 * @throws StudioError `disk-full` where a run's checkpoints will not fit in a folder
 */
export function checkDiskSpace(network: Network, recipe: Recipe, folder: string, done = 0): Promise<void> {
  return checkDisk(folder, checkpointSize(network), epochFilesAhead(recipe, done))
}

async function trainToTheEnd(run: Run): Promise<TrainingResult['status']> {
  while (!finished(run.header)) {
    const rests = run.header.position.epoch >= (run.input.until ?? Infinity)
    const outcome = rests || (await stopRequested(run)) ? 'stopped' : await oneEpoch(run)
    if (outcome === 'done') continue
    await saveLast(run)
    return 'stopped'
  }
  return 'completed'
}

async function oneEpoch(run: Run): Promise<'done' | 'stopped'> {
  await startEpoch(run)
  if ((await retryWithLessMemory(run, () => run.stage.prepare(run))) === 'stopped') return 'stopped'
  if ((await retryWithLessMemory(run, () => epochOf(run)(run))) === 'stopped') return 'stopped'
  const start = performance.now()
  const state = await run.trainer.state()
  try {
    const copied = performance.now()
    const validation = await retryWithLessMemory(run, () => validateEpoch(run, state))
    if (validation === 'stopped') return 'stopped'
    const validated = performance.now()
    await closeEpoch(run, state, validation, (validated - start) / 1000)
    const { opening } = run.pace
    const epochEnd = opening + (copied - start + performance.now() - validated) / 1000
    run.pace = { ...run.pace, epochEnd }
    return 'done'
  } finally {
    releaseState(state)
  }
}

function epochOf({ stage, header }: Run): (run: Run) => Promise<'done' | 'stopped'> {
  if (header.recipe.optimization.solver === 'sgd') return trainEpoch
  const fitter = stage.fitter?.()
  if (fitter) return (run) => fitter.epoch(run)
  throw new StudioError('invalid-recipe', { what: 'too-many-features' })
}

function finished({ recipe, position, schedule }: TrainingPlan['header']): boolean {
  return position.epoch >= recipe.optimization.epochs || stopsEarly(recipe.optimization, schedule)
}

function epochFilesAhead({ checkpoints: { every }, optimization }: Recipe, done: number): number {
  if (every === null) return 0
  const until = (epoch: number): number => Math.floor(epoch / every)
  return until(optimization.epochs) - until(done)
}

async function finishRun(
  input: TrainingInput,
  header: TrainingPlan['header'],
  status: TrainingResult['status'],
): Promise<TrainingResult> {
  const { epochs, best, recipe, schedule, position } = header
  const result: TrainingResult = {
    status,
    stoppedEarly: position.epoch < recipe.optimization.epochs && stopsEarly(recipe.optimization, schedule),
    epochs,
    best,
    validation: epochs.find(({ epoch }) => epoch === best?.epoch)?.validation ?? null,
    checkpoints: await listCheckpoints(input.folder),
  }
  input.emit({ event: status, ...result })
  return result
}
