import { isOutOfMemory, StudioError } from '../base/errors.ts'
import { openTrainer, releaseState } from './openRun.ts'
import { headerOf, type Run } from './run.ts'

/**
 * Does `work` again with half the micro-batch for as long as memory runs out. `work` begins where `run` stands.
 * @throws StudioError `out-of-memory` when one image at a time is too much
 */
export async function withinMemory<T>(run: Run, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isOutOfMemory(error)) throw error
      await halveMicroBatch(run, error)
    }
  }
}

async function halveMicroBatch(run: Run, cause: unknown): Promise<void> {
  const { microBatch } = run.header
  if (microBatch === 1) throw tooLarge(cause)
  const half = Math.ceil(microBatch / 2)
  // A new trainer, since the old one's summed gradients are half an update, and that is done again.
  const state = await run.trainer.state()
  await run.trainer.dispose()
  run.trainer = await openTrainer(run.input, run.plan, state)
  releaseState(state)
  run.header = headerOf(run, { microBatch: half })
  run.report.emit({
    event: 'warning',
    code: 'micro-batch-halved',
    message: `Memory ran out with ${microBatch} images at a time: it goes on with ${half}.`,
    hint: `Nothing is lost. Close other programs, or start the next run with optimization.microBatch=${half}.`,
  })
}

function tooLarge(cause: unknown): StudioError {
  return new StudioError('out-of-memory', 'Memory ran out even with one image at a time.', {
    hint: 'Use a smaller crop (data.crop), FC width (network.fcWidth) or width multiplier (network.widthMultiplier).',
    cause,
  })
}
