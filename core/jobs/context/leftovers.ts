import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTemporary, removeTemporaryFolders } from '../../base/temporary.ts'
import type { Home } from './home.ts'

/**
 * Deletes what killed processes were writing in a home folder and among the system's temporary files. When a server
 * starts, and before each job: what is left may be what a job lacks on the disk. Caches of images look after their own
 * when they are opened, and installed engines after theirs.
 */
export async function removeLeftovers(home: Home): Promise<void> {
  const runs = join(home.folder, 'runs')
  const ofRuns = (await readdir(runs).catch(() => [])).map((name) => join(runs, name))
  const own = ['server', 'weights'].map((name) => join(home.folder, name))
  const caches = [home.cache, join(home.cache, 'health')]
  for (const folder of [home.folder, home.exports, ...own, ...caches, runs, ...ofRuns])
    await removeTemporary(folder)
  for (const folder of ofRuns) await removeTemporary(join(folder, 'evaluations'))
  await removeTemporaryFolders()
}
