import { readdir, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweepTemporary } from '../base/temporary.ts'
import type { Home } from '../jobs/home.ts'
import { socketBase, socketFolder } from './listen.ts'

/** Deletes what killed processes have left behind, in the home folder and among the system's temporary files. */
export async function sweep(home: Home): Promise<void> {
  const runs = join(home.folder, 'runs')
  const ofRuns = (await readdir(runs).catch(() => [])).map((name) => join(runs, name))
  for (const folder of [home.folder, home.exports, join(home.folder, 'server'), runs, ...ofRuns]) {
    await sweepTemporary(folder)
  }
  await sweepSockets(socketBase())
  await sweepCopies(tmpdir())
}

/** Folders of sockets behind which nobody listens. */
async function sweepSockets(base: string): Promise<void> {
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

const hour = 3_600_000

/** Graphs on their way into TensorFlow, and copies of registries; they are read within seconds. */
async function sweepCopies(base: string): Promise<void> {
  for (const name of await namesIn(base, /^vgg-studio-(graph|registry)-/)) {
    const folder = join(base, name)
    const facts = await stat(folder).catch(() => null)
    const isOld = facts !== null && Date.now() - facts.mtimeMs > hour
    if (isOld && (await isMine(folder))) await rm(folder, { recursive: true, force: true })
  }
}

async function namesIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name))
}

async function isMine(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null)
  return facts !== null && (process.getuid === undefined || facts.uid === process.getuid())
}
