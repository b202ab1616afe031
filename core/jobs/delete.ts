import { rename, rm } from 'node:fs/promises'
import { temporaryPath } from '../base/temporary.ts'
import type { Id } from '../registry/types.ts'
import type { JobContext } from './context.ts'
import { runFolder } from './home.ts'

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
  // The rows first: from then on nobody can start the run while its files go. Ids are not used again.
  registry.runs.remove(id)
  const folder = runFolder(home, id)
  // Under another name it is no run that has lost its row, should this process be killed now.
  const going = temporaryPath(folder)
  await rename(folder, going).catch(() => undefined)
  await rm(going, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
  return { deleted: id, name, folder }
}
