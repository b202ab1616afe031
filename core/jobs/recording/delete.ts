import { rename, rm } from 'node:fs/promises'
import { isDiskFull } from '../../base/errors.ts'
import { temporaryPath } from '../../base/temporary.ts'
import type { Id } from '../../registry/types.ts'
import type { JobContext } from '../context/context.ts'
import { runFolder, type HomeContext } from '../context/home.ts'

export interface DeleteResult {
  readonly deleted: Id
  readonly name: string
  /** Where its checkpoints were. */
  readonly folder: string
}

/**
 * Deletes a run: its rows, and its folder of checkpoints. Exports stay, they are the user's.
 * @throws StudioError `run-busy` while a process trains it
 */
export async function deleteRun(
  { home, registry }: JobContext,
  input: { run: string },
): Promise<DeleteResult> {
  const { id, name } = registry.runs.get(input.run)
  const folder = runFolder(home, id)
  // The rows first: from then on nobody can start the run while its files go. Ids are not used again.
  try {
    registry.runs.remove(id)
  } catch (error) {
    if (!isDiskFull(error)) throw error
    await deleteFiles({ home, registry }, { run: id })
    registry.runs.remove(id)
  }
  await removeFolder(folder)
  return { deleted: id, name, folder }
}

/**
 * Deletes the files of a run alone: a full disk takes no change of the registry before.
 * @throws StudioError `run-busy` while a process trains it
 */
export async function deleteFiles({ home, registry }: HomeContext, input: { run: string }): Promise<void> {
  const { id } = registry.runs.get(input.run)
  registry.leases.refuseHeld(id)
  await removeFolder(runFolder(home, id))
}

async function removeFolder(folder: string): Promise<void> {
  // Under another name it is no run that has lost its row, should this process be killed now.
  const going = temporaryPath(folder)
  await rename(folder, going).catch(() => undefined)
  await rm(going, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
}
