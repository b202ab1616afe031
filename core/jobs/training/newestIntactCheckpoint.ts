import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Run } from '../../registry/types.ts'
import type { Checkpoint } from '../../training/checkpoint.ts'
import type { TrainingEvent } from '../../training/events.ts'
import { resumePoint } from '../../training/resumePoint.ts'
import { assertOwnCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'
import { runFolder } from '../context/home.ts'

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
  const updates = (recorded.step ?? Infinity) > step
  // Evaluation and export would stumble over it.
  if (damagedBest !== null) await rm(damagedBest)
  emit({
    event: 'warning',
    code: 'damaged-checkpoint',
    values: {
      damage: damage.fact,
      file: basename(path),
      ...{ epoch, epochs, updates },
      damagedBest: damagedBest && basename(damagedBest),
    },
  })
  return checkpoint
}
