import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning, readOwner, thisOwner } from '../../base/owner.ts'

interface Staged {
  /** The folder of all engines. */
  readonly engines: string
  /** Name of the installation's folder in it. */
  readonly name: string
  /** Names of its kind, of all versions: what killed installations of it have left behind is cleared away. */
  readonly kind: RegExp
  /** Whether a folder is complete. */
  readonly isComplete: (folder: string) => boolean
  /** Fills a new folder. */
  readonly fill: (staging: string) => Promise<void>
}

/**
 * Makes an installation's folder whole or not at all: it is filled beside its place and moved there at the end. Where
 * another process was faster, that one's is kept.
 *
 * @returns the folder
 */
export async function stage({ engines, name, kind, isComplete, fill }: Staged): Promise<string> {
  const folder = join(engines, name)
  await mkdir(engines, { recursive: true })
  await removeLeftovers(engines, kind)
  const staging = join(engines, `${name}.${thisOwner()}.tmp`)
  try {
    await fill(staging)
    await rm(folder, { recursive: true, force: true })
    await rename(staging, folder)
  } catch (error) {
    if (!isComplete(folder)) throw error
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return folder
}

/** Removes all installations of a kind. @returns the folders that are gone */
export async function removeAll(engines: string, kind: RegExp): Promise<readonly string[]> {
  if (!existsSync(engines)) return []
  const found = (await readdir(engines)).filter((name) => kind.test(name)).map((name) => join(engines, name))
  for (const folder of found) await rm(folder, { recursive: true })
  return found
}

/** Folders of installations that ended before their end. */
async function removeLeftovers(engines: string, kind: RegExp): Promise<void> {
  for (const name of await readdir(engines)) {
    const [, base, text = ''] = /^(.*)\.([-0-9a-f]+)\.tmp$/.exec(name) ?? []
    const owner = readOwner(text)
    if (!base || !kind.test(base) || owner === null || isRunning(owner) !== false) continue
    await rm(join(engines, name), { recursive: true, force: true })
  }
}
