import { StudioError, withText } from '../base/errors.ts'
import { loadCheckpoint, readCheckpointHeader, type Checkpoint } from './checkpoint.ts'
import { lastFile, listCheckpoints } from './checkpointFiles.ts'

export interface ResumePoint {
  readonly checkpoint: Checkpoint
  readonly path: string
  /** Why it is not the last one; null where it is. */
  readonly damage: StudioError | null
  /** A best checkpoint that is damaged too: the run continues without one, until an epoch is validated. */
  readonly damagedBest: string | null
}

/**
 * Where a run resumes: at its last checkpoint; where that is damaged, at the newest other one that is whole.
 * @param folder of the run; its last checkpoint is there
 * @throws StudioError that of the last checkpoint, where no other is whole; `newer-version`
 */
export async function resumePoint(folder: string): Promise<ResumePoint> {
  const path = lastFile(folder)
  const last = await unlessDamaged(loadCheckpoint(path))
  if (!(last instanceof StudioError)) return { checkpoint: last, path, damage: null, damagedBest: null }
  const { best, epochs } = await listCheckpoints(folder)
  const others = await newestFirst([...(best === null ? [] : [best]), ...epochs])
  for (const [index, other] of others.entries()) {
    const checkpoint = await unlessDamaged(loadCheckpoint(other))
    if (checkpoint instanceof StudioError) continue
    // Where it is not among what is left, it has been tried, or not even its header can be read.
    const isDamaged = best !== null && !others.slice(index).includes(best)
    const whole = isDamaged ? { ...checkpoint, best: null } : checkpoint
    return { checkpoint: whole, path: other, damage: last, damagedBest: isDamaged ? best : null }
  }
  throw withText(last, 'no-whole-checkpoint', {})
}

/** Checkpoints whose headers can be read. */
async function newestFirst(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const header = await unlessDamaged(readCheckpointHeader(path))
      return header instanceof StudioError ? [] : [{ path, step: header.position.step }]
    }),
  )
  return found
    .flat()
    .toSorted((a, b) => b.step - a.step)
    .map(({ path }) => path)
}

const damages = new Set(['invalid-checkpoint', 'invalid-safetensors', 'unsupported-dtype', 'file-not-found'])

/** What says that the file is damaged is an answer, too. */
function unlessDamaged<T>(reading: Promise<T>): Promise<T | StudioError> {
  return reading.catch((error: unknown) => {
    if (error instanceof StudioError && damages.has(error.code)) return error
    throw error
  })
}
