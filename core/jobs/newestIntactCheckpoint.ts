import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Run } from '../registry/types.ts'
import type { Checkpoint } from '../training/checkpoint.ts'
import type { TrainingEvent } from '../training/events.ts'
import { resumePoint } from '../training/resumePoint.ts'
import { assertOwnCheckpoint } from './checkpoints.ts'
import type { JobContext } from './context.ts'
import { runFolder } from './home.ts'

export interface RecordedRun {
  readonly run: Pick<Run, 'id' | 'name' | 'identity'>
  /** What the registry knows of it: epochs, and updates at its last checkpoint. */
  readonly recorded: { readonly epochs: readonly number[]; readonly step: number | null }
}

/**
 * The checkpoint from which a run resumes: the last, or the newest that is whole; then a warning says what that costs. A
 * best checkpoint that is damaged is removed.
 * @throws as resumePoint
 */
export async function newestIntactCheckpoint(
  { home }: Pick<JobContext, 'home'>,
  { run, recorded }: RecordedRun,
  emit: (event: TrainingEvent) => void,
): Promise<Checkpoint> {
  const { checkpoint, path, damage, damagedBest } = await resumePoint(runFolder(home, run.id))
  assertOwnCheckpoint(run, path, checkpoint)
  if (damage === null) return checkpoint
  const { epoch, step } = checkpoint.position
  const epochs = recorded.epochs.filter((one) => one > epoch).length
  const updates = (recorded.step ?? Infinity) - step
  // Evaluation and export would stumble over it.
  if (damagedBest !== null) await rm(damagedBest)
  const withoutBest =
    damagedBest === null
      ? ''
      : ` ${basename(damagedBest)} was damaged too and is removed: the next epoch is the best until a better one.`
  emit({
    event: 'warning',
    code: 'damaged-checkpoint',
    message: `${damage.message} The run resumes from ${basename(path)}, after epoch ${epoch}: ${costs(epochs, updates)}.${withoutBest}`,
    hint: 'Check the disk for errors.',
  })
  return checkpoint
}

function costs(epochs: number, updates: number): string {
  if (epochs > 0) return epochs === 1 ? '1 epoch is done again' : `${epochs} epochs are done again`
  return updates > 0 ? 'the updates since then are done again' : 'nothing is lost'
}
