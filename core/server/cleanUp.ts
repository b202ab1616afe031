import { readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { isMine } from '../base/temporary.ts'
import type { Home } from '../jobs/context/home.ts'
import { removeLeftovers } from '../jobs/context/leftovers.ts'
import { socketBase, socketFolder } from './listen.ts'

/** Deletes what killed processes have left behind: in the home folder, among temporary files, and of servers. */
export async function cleanUp(home: Home): Promise<void> {
  await removeLeftovers(home)
  await removeDeadSockets(socketBase())
}

/** Folders of sockets behind which nobody listens. */
async function removeDeadSockets(base: string): Promise<void> {
  if (process.platform === 'win32') return
  for (const name of await namesIn(base, socketFolder)) {
    const folder = join(base, name)
    const content = await readdir(folder).catch(() => null)
    if (content === null || !(await isMine(folder))) continue
    const isOurs = content.length === 1 && content[0] === 's'
    if (isOurs && !(await listens(join(folder, 's')))) await rm(folder, { recursive: true, force: true })
  }
}

function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    const end = (alive: boolean): void => {
      connection.destroy()
      resolve(alive)
    }
    connection.once('connect', () => end(true))
    // Whatever else is the matter (too many connections, say): somebody may be there.
    connection.once('error', ({ code }: NodeJS.ErrnoException) => end(code !== 'ECONNREFUSED'))
  })
}

async function namesIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name))
}
