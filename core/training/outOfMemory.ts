import { isOutOfMemory, StudioError } from '../base/errors.ts'
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
  const now = { microBatch: half, step: position.step }
  const values = { before: microBatch, ...now }
  run.report.emit({ event: 'warning', code: 'micro-batch-halved', values, ...now })
}

function tooLarge(cause: unknown): StudioError {
  return new StudioError('out-of-memory', { what: 'one-image' }, { cause })
}
