import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { StudioError } from '../base/errors.ts'
import { temporaryPath } from '../base/temporary.ts'
import { serverFolder, type Home } from '../jobs/context/home.ts'
import { socketHost } from './access/check.ts'
import { request } from './socketRequest.ts'

const schema = z.object({
  version: z.literal(1),
  pid: z.int(),
  socket: z.string(),
  token: z.string(),
  /** Address for browsers; null where the server has none. */
  url: z.string().nullable(),
})

/** How programs of the same user find the server of a home folder, and prove who they are. */
export type Discovery = z.output<typeof schema>

const fileOf = (home: Home): string => join(serverFolder(home), 'server.json')

/** The server that lives in a home folder, if one does and answers. */
export async function findLiveServer(home: Home): Promise<Discovery | null> {
  const found = await read(home)
  return found && (await answers(found)) ? found : null
}

/**
 * Makes this server the home's; readable for its user alone.
 * @throws StudioError `server-running` where another one lives in the folder
 */
export async function announce(home: Home, discovery: Discovery): Promise<() => Promise<void>> {
  const folder = serverFolder(home)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = fileOf(home)
  const temporary = temporaryPath(file)
  await writeFile(temporary, JSON.stringify(discovery), { mode: 0o600, flag: 'wx' })
  try {
    await claim(home, temporary, file)
  } finally {
    await rm(temporary, { force: true })
  }
  return async () => {
    if ((await read(home))?.token === discovery.token) await rm(file, { force: true })
  }
}

/** A link fails where the name is taken, so of two servers that start at once one wins. */
async function claim(home: Home, temporary: string, file: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return await link(temporary, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const other = await findLiveServer(home)
    if (other) throw serverRunning(home, other)
    await rm(file, { force: true })
  }
  throw new StudioError('server-running', { what: 'starting', folder: home.folder })
}

async function read(home: Home): Promise<Discovery | null> {
  try {
    return schema.parse(JSON.parse(await readFile(fileOf(home), 'utf8')))
  } catch {
    return null
  }
}

async function answers({ socket, token }: Discovery): Promise<boolean> {
  try {
    const headers = { host: socketHost, authorization: `Bearer ${token}` }
    const response = await request(socket, { path: '/api/settings', headers, timeout: 3000 })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

export function serverRunning(home: Home, { pid, url }: Discovery): StudioError {
  return new StudioError('server-running', { what: 'running', folder: home.folder, pid, url })
}
