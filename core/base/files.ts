import { open, mkdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { temporaryPath } from './temporary.ts'

/**
 * Writes a file so that readers see either the old content or the whole new one, also after a power cut:
 * temporary file beside it, fsync, rename, fsync of the folder.
 */
export async function writeAtomic(
  path: string,
  write: string | Uint8Array | ((file: FileHandle) => Promise<void>),
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = temporaryPath(path)
  try {
    const file = await open(temporary, 'wx')
    try {
      if (typeof write === 'function') await write(file)
      else await file.writeFile(write)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder for fsync; its rename is durable enough there.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
