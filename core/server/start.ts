import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { openLog } from '../base/log.ts'
import { factOf } from '../base/errors.ts'
import { openContext, type JobContext } from '../jobs/context/context.ts'
import { rebuildRegistry, type RebuiltRegistry } from '../registry/rebuild.ts'
import { resolveHome, serverFolder, type Home } from '../jobs/context/home.ts'
import type { Catalog } from '../messages/catalog.ts'
import { english } from '../messages/en/index.ts'
import { limitAttempts } from './access/attempts.ts'
import { browserRules, socketRules, type AccessRules } from './access/check.ts'
import { linkKeys, noBrowser } from './access/links.ts'
import { newToken, sessionKey } from './access/secrets.ts'
import { openApp } from './app.ts'
import { assemble } from './assemble.ts'
import { announce, findLiveServer, serverRunning, type Discovery } from './discovery.ts'
import { cleanUp } from './cleanUp.ts'
import { listenOnPort, listenOnSocket, newSocketPath, type Fetch, type Reachable } from './listen.ts'
import type { Studio } from './studio.ts'

export interface ServerOptions {
  /** The home folder; default as on the command line. */
  readonly home?: string | undefined
  /** Port for browsers, on this machine only; 0: any free port. Left out: programs only, over the socket. */
  readonly port?: number | undefined
  /** Where others on the network reach the port, encrypted. Left out: nobody does. */
  readonly reachable?: Reachable | undefined
  /** Folders that may be browsed besides the usual ones. */
  readonly roots?: readonly string[] | undefined
  /** The built renderer. */
  readonly renderer?: string | undefined
  /** Told of errors that nobody foresaw. */
  readonly onError?: ((error: unknown) => void) | undefined
  /** In the language of the person. Default: English. */
  readonly texts?: Catalog | undefined
  /** Milliseconds in which a deletion can be undone. */
  readonly grace?: number | undefined
}

export interface Server {
  readonly discovery: Discovery
  /** A new one-time link. @throws StudioError `no-browser` */
  link(): string
  /** Jobs save and stop first. */
  close(): Promise<void>
}

export const rendererFolder = fileURLToPath(new URL('../../dist/renderer', import.meta.url))

/**
 * Starts the server of a home folder.
 * @throws StudioError `server-running`, `port-taken`, `host-not-here`, and those of the registry
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { roots = [], renderer = rendererFolder, onError, grace, port, texts = english } = options
  const { reachable = null } = options
  const home = resolveHome(options.home)
  const log = openLog('server')
  log(`opens ${home.folder}`)
  const other = await findLiveServer(home)
  if (other) throw serverRunning(home, other)

  // Not to be waited for: what is left behind is in nobody's way.
  void cleanUp(home).catch(() => undefined)
  const closing: (() => unknown)[] = []
  const studio = Promise.withResolvers<Studio>()
  studio.promise.catch(() => undefined)
  let ended: Promise<void> | undefined
  const close = (): Promise<void> => (ended ??= endAll())
  const endAll = async (): Promise<void> => {
    log('ends')
    for (const end of closing.toReversed()) await end()
  }
  try {
    const { context, rebuilt } = openOrRebuild(home)
    closing.push(() => context.registry.close())
    const folder = serverFolder(home)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const links = linkKeys()
    const url: { value: string | null } = { value: null }
    const link = (): string => {
      if (url.value === null) throw noBrowser()
      return `${url.value}/enter?key=${links.create()}`
    }
    const keys = { token: newToken(), session: await sessionKey(folder), attempts: limitAttempts() }
    const door = (rules: AccessRules): Fetch => {
      const app = studio.promise.then(
        (opened) =>
          openApp(rules, { studio: opened, keys, links, renderer, ...(onError && { onError }) }).fetch,
      )
      app.catch(() => undefined)
      return async (request) => (await app)(request)
    }

    // The doors first: where one can't be had, no job has been started. Who comes early waits.
    const socket = newSocketPath()
    const atSocket = await listenOnSocket(socket, door(socketRules), texts)
    closing.push(() => atSocket.close())
    if (port !== undefined) {
      const rulesFor = (actual: number): AccessRules => browserRules(actual, reachable?.tls.names)
      const atPort = await listenOnPort(port, (actual) => door(rulesFor(actual)), texts, reachable)
      closing.push(() => atPort.close())
      url.value = rulesFor(atPort.port).origins[0]!
    }
    const parts = await assemble({
      ...{ context, rebuilt, folder, texts, roots, grace },
      links: { create: link },
    })
    // Windows see the jobs stop: the doors close after the parts.
    closing.push(() => parts.close())
    studio.resolve(parts.studio)
    const discovery: Discovery = { version: 1, pid: process.pid, socket, token: keys.token, url: url.value }
    closing.push(await announce(home, discovery))
    log(`listens at ${url.value ?? socket}`)
    return { discovery, link, close }
  } catch (error) {
    studio.reject(error)
    await close()
    throw error
  }
}

/** A damaged registry is kept beside a new one: a window has nobody who could ask for it. */
function openOrRebuild(home: Home): { context: JobContext; rebuilt: RebuiltRegistry | null } {
  try {
    return { context: openContext({ home: home.folder }), rebuilt: null }
  } catch (error) {
    if (factOf(error).code !== 'registry-damaged') throw error
    const rebuilt = rebuildRegistry(home.registry)
    return { context: openContext({ home: home.folder }), rebuilt }
  }
}
