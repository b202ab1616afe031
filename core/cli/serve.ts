import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Command } from 'commander'
import { checkoutFolder, keepCompiled } from '../base/compiled.js'
import { StudioError } from '../base/errors.ts'
import { resolveHome } from '../jobs/context/home.ts'
import type { Reachable } from '../server/listen.ts'
import type { ServerOptions } from '../server/start.ts'
import { addCommand, perform, type CommonOptions, type Session } from './command.ts'
import { collect, whole } from './options.ts'

interface Options extends CommonOptions {
  readonly port?: number
  readonly folder?: readonly string[]
  readonly host?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** “VGG” on a telephone's keys, filled up. Where it is taken, any free one. */
const defaultPort = 8440

export function addServe(program: Command): void {
  addCommand(program, 'serve', {
    summary: 'open the application in a browser',
    description:
      'Serves the application on this machine (127.0.0.1) and prints a link that works once. Where it is served or open already, the link leads there. Ctrl-C saves and stops what is in training. To watch a training machine from elsewhere, forward the port: ssh -L 8440:127.0.0.1:8440 MACHINE; or serve it to the network with --host, which takes a certificate.',
    examples: [
      'serve',
      'serve --port 9000 --folder /data/pictures',
      'serve --host 0.0.0.0 --tls-cert machine.pem --tls-key machine.key',
    ],
  })
    .option(
      '--port <number>',
      `where to listen; 0: any free port (default: ${defaultPort}, or a free one)`,
      whole(0, 65535),
    )
    .option('--host <address>', 'an address of this machine to serve at, or 0.0.0.0; needs a certificate')
    .option('--tls-cert <file>', 'certificate of this machine, PEM: it is served encrypted')
    .option('--tls-key <file>', 'the certificate’s private key, PEM')
    .option('--folder <folder>', 'a folder that may be browsed for images; can be repeated', collect)
    .action((options: Options) =>
      perform(options, (session) => serve(session, options), 'Stopping: what is in training is saved first.'),
    )
}

async function serve(session: Session, options: Options): Promise<number | undefined> {
  const { home: asked, port, folder } = options
  const reachable = await reachableBy(options)
  const home = resolveHome(asked)
  keepCompiled(checkoutFolder ?? home.compiled)
  const { findLiveServer } = await import('../server/discovery.ts')
  const live = await findLiveServer(home)
  if (live) {
    const { askServer } = await import('../server/client.ts')
    const { url } = await askServer<{ url: string }>(live, 'POST', '/api/session/link')
    show(session, { url: live.url, link: url, pid: live.pid, home: home.folder })
    return 0
  }
  const { rendererFolder } = await import('../server/start.ts')
  if (!existsSync(join(rendererFolder, 'index.html')))
    session.terminal.note('The window is not built: npm run build.')
  const server = await start(session, { home: home.folder, roots: folder, reachable }, port)
  const { discovery } = server
  show(session, { url: discovery.url, link: server.link(), pid: discovery.pid, home: home.folder })
  if (!session.signal.aborted) await once(session.signal, 'abort')
  await server.close()
  return session.interruptCode()
}

async function start(
  { terminal }: Session,
  options: Pick<ServerOptions, 'home' | 'roots' | 'reachable'>,
  port: number | undefined,
) {
  const { startServer } = await import('../server/start.ts')
  const onError = (error: unknown): void =>
    terminal.note(String(error instanceof Error ? error.stack : error))
  try {
    return await startServer({ ...options, port: port ?? defaultPort, onError })
  } catch (error) {
    if (port !== undefined || !(error instanceof StudioError) || error.code !== 'port-taken') throw error
    return startServer({ ...options, port: 0, onError })
  }
}

/**
 * Nothing but this machine's own address is served without a certificate.
 * @throws StudioError `tls-needed`, `invalid-tls`
 */
async function reachableBy({ host, tlsCert, tlsKey }: Options): Promise<Reachable | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) {
    if (host === undefined || ['127.0.0.1', 'localhost'].includes(host)) return undefined
    throw new StudioError('tls-needed', { host })
  }
  if (tlsCert === undefined || tlsKey === undefined) throw new StudioError('invalid-tls', { what: 'half' })
  const { readTls } = await import('../server/access/tls.ts')
  return { host: host ?? '127.0.0.1', tls: await readTls(tlsCert, tlsKey) }
}

interface Served {
  readonly url: string | null
  readonly link: string
  readonly pid: number
  readonly home: string
}

function show({ terminal }: Session, served: Served): void {
  terminal.result({ event: 'serving', ...served }, () =>
    [
      `VGG Studio serves ${served.home}`,
      '',
      `  ${terminal.colors.bold(served.link)}`,
      '',
      'The link works once; vgg-studio serve gives another.',
    ].join('\n'),
  )
}
