import { isOutOfMemory, StudioError } from '../base/errors.ts'
import type { Halved } from './events.ts'
import { openTrainer, releaseState } from './openRun.ts'
import { withMicroBatch } from './recipe.ts'
import { headerOf, type Run } from './run.ts'

/**
 * Does `work` again with half the micro-batch for as long as memory runs out. `work` begins where `run` stands.
 * @throws StudioError `out-of-memory` when one image at a time is too much
 */
export async function retryWithLessMemory<T>(run: Run, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isOutOfMemory(error)) throw error
      await halveMicroBatch(run, error)
    }
  }
}

/**
 * Before the first update, the recipe says the half too: run again, it cuts batches the same. Later the recipe stays,
 * since the updates so far were made by it: header and event alone say what is from here on.
 */
async function halveMicroBatch(run: Run, cause: unknown): Promise<void> {
  const { microBatch, position, recipe } = run.header
  if (microBatch === 1) throw tooLarge(cause)
  const half = Math.ceil(microBatch / 2)
  // A new trainer, since the old one's summed gradients are half an update, and that is done again.
  const state = await run.trainer.state()
  await run.trainer.dispose()
  run.trainer = await openTrainer(run.stage, state)
  releaseState(state)
  const isFirst = position.step === 0
  run.header = headerOf(run, { microBatch: half, ...(isFirst && { recipe: withMicroBatch(recipe, half) }) })
  run.report.emit(isFirst ? halvedAtFirst(microBatch, half) : halvedLater(microBatch, half, position.step))
}

function halvedAtFirst(before: number, microBatch: number): Halved {
  return {
    event: 'warning',
    code: 'micro-batch-halved',
    ...{ microBatch, step: 0 },
    message: `Memory ran out with ${before} images at a time: training continues with ${microBatch}.`,
    hint: `Nothing is lost, and the run's recipe says ${microBatch} now. For more at a time, close other programs first.`,
  }
}

function halvedLater(before: number, microBatch: number, step: number): Halved {
  return {
    event: 'warning',
    code: 'micro-batch-halved',
    ...{ microBatch, step },
    message: `Memory ran out with ${before} images at a time: after update ${step} training continues with ${microBatch}.`,
    hint: `Nothing is lost, but repeating the run will not give the same losses from there on. Close other programs, or start the next run with optimization.microBatch=${microBatch}.`,
  }
}

function tooLarge(cause: unknown): StudioError {
  return new StudioError('out-of-memory', { what: 'one-image' }, { cause })
}
