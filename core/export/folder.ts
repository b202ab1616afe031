import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { messageOf, StudioError } from '../base/errors.ts'
import { removeTemporary, temporaryPath } from '../base/temporary.ts'
import { isExport } from './existing.ts'

export interface FolderPlan {
  /** Created when it does not exist; other files in it stay as they are. */
  readonly out: string
  /** Files and folders that `fill` writes; the last one is what marks the folder as complete. */
  readonly files: readonly string[]
  /** Whether the files that are already there under these names may be replaced. */
  readonly replaceable: (folder: string) => Promise<boolean>
  readonly fill: (folder: string) => Promise<void>
}

/**
 * Writes files into a folder so that they appear together or not at all: into a temporary folder first; a new folder
 * appears by renaming it, an existing one gets the files by renaming each, the marking one last.
 * @throws StudioError `output-exists` before anything is computed, `output-not-writable`
 */
export async function writeFolder(plan: FolderPlan): Promise<void> {
  const out = resolve(plan.out)
  const existing = await contents(out)
  await refuseToOverwrite(plan, out, existing ?? [])
  // What was left by an export that was killed; in an existing folder its name has nothing before the ending.
  await removeTemporary(out, (name) => name === '')
  await removeTemporary(dirname(out), (name) => name === basename(out))
  const temporary = existing ? temporaryPath(join(out, '/')) : temporaryPath(out)
  await system(out, () => mkdir(temporary, { recursive: true }))
  try {
    await plan.fill(temporary)
    await system(out, () => (existing ? moveInto(out, temporary, plan.files) : rename(temporary, out)))
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function moveInto(out: string, temporary: string, files: readonly string[]): Promise<void> {
  // While the mark is missing nobody takes a mixture of old and new files for an export.
  await rm(join(out, files.at(-1)!), { force: true })
  for (const file of files) {
    await rm(join(out, file), { recursive: true, force: true })
    await rename(join(temporary, file), join(out, file))
  }
}

async function refuseToOverwrite(plan: FolderPlan, out: string, existing: readonly string[]): Promise<void> {
  const taken = plan.files.filter((file) => existing.includes(file))
  if (taken.length === 0 || (await plan.replaceable(out))) return
  const what = (await isExport(out)) ? 'export' : 'files'
  throw new StudioError('output-exists', { what, folder: out, files: taken })
}

async function contents(folder: string): Promise<readonly string[] | undefined> {
  const found = await stat(folder).catch(() => undefined)
  if (found === undefined) return undefined
  if (found.isDirectory()) return system(folder, () => readdir(folder))
  throw new StudioError('output-exists', { what: 'not-a-folder', folder })
}

/** Says which folder it is about when the system refuses; other errors pass. */
async function system<T>(out: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    throw new StudioError('output-not-writable', { folder: out, detail: messageOf(cause) }, { cause })
  }
}
