import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { reportOf, StudioError } from '../base/errors.ts'
import type { Catalog } from '../messages/catalog.ts'
import type { Tls } from './access/tls.ts'

export type Fetch = (request: Request) => Response | Promise<Response>

export interface Listening {
  /** Takes no more requests, answers those that are there, and ends. */
  close(): Promise<void>
}

/** Milliseconds that answers have at the end; streams that end by themselves have ended before. */
const patience = 3000

/** Where the folders of sockets lie, and how they are named. */
export const socketBase = (): string => process.env['XDG_RUNTIME_DIR'] ?? tmpdir()
export const socketFolder = /^vgg-[A-Za-z0-9]{6}$/

/** Where programs find the server: a socket in a folder of its own (mode 0700), or a named pipe. */
export function newSocketPath(): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\vgg-studio-${randomBytes(16).toString('hex')}`
  // The system's limit for a socket's path is about 100 bytes.
  return join(mkdtempSync(join(socketBase(), 'vgg-')), 's')
}

/** @param texts in the language of the person */
export async function listenOnSocket(path: string, fetch: Fetch, texts: Catalog): Promise<Listening> {
  const answers = answering(fetch, 'vgg-studio', texts)
  const server = await started(createServer(answers.listener), { path })
  return {
    async close() {
      await closed(server, answers)
      if (process.platform !== 'win32') rmSync(dirname(path), { recursive: true, force: true })
    },
  }
}

/** Where others on the network reach a server: encrypted, always. */
export interface Reachable {
  /** An address of this machine, or `0.0.0.0` or `::` for all. */
  readonly host: string
  readonly tls: Tls
}

/**
 * On this machine only, unless it is to be reachable.
 * @param port 0: any free one
 * @throws StudioError `port-taken`, `host-not-here`
 */
export async function listenOnPort(
  port: number,
  app: (port: number) => Fetch,
  texts: Catalog,
  reachable: Reachable | null = null,
): Promise<Listening & { readonly port: number }> {
  const late: { fetch?: Fetch } = {}
  const { host, tls } = reachable ?? { host: '127.0.0.1', tls: null }
  const answers = answering((request) => late.fetch!(request), tls?.names[0] ?? host, texts)
  const made = tls === null ? createServer(answers.listener) : createTlsServer(tls, answers.listener)
  const server = await started(made, { port, host }).catch((error: NodeJS.ErrnoException) => {
    const { code } = error
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StudioError('host-not-here', { host, code }, { cause: error })
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    throw new StudioError('port-taken', { port, code }, { cause: error })
  })
  const actual = (server.address() as AddressInfo).port
  late.fetch = app(actual)
  return { port: actual, close: () => closed(server, answers) }
}

interface Answers {
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void
  /** New requests are refused from now on. */
  refuse(): void
  /** When what was asked before is answered, also where nobody waits for the answer any more; or after `patience`. */
  done(): Promise<void>
}

/** Resources behind responses may be closed only when no response is under way. */
function answering(fetch: Fetch, hostname: string, texts: Catalog): Answers {
  const open = new Set<Promise<void>>()
  let refusing = false
  const answer = getRequestListener((request) => (refusing ? closingAnswer(texts) : fetch(request)), {
    hostname,
    overrideGlobalObjects: false,
  })
  return {
    listener(request, response) {
      const answered = answer(request, response).then(
        () => undefined,
        () => undefined,
      )
      open.add(answered)
      void answered.then(() => open.delete(answered))
    },
    refuse: () => void (refusing = true),
    async done() {
      await Promise.race([Promise.all(open), delay(patience, undefined, { ref: false })])
    },
  }
}

function closingAnswer(texts: Catalog): Response {
  const error = reportOf(new StudioError('closing', {}), texts)
  return Response.json({ error }, { status: 503, headers: { connection: 'close' } })
}

function started(
  server: Server,
  where: { readonly path: string } | { readonly port: number; readonly host: string },
): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => resolve(server))
  })
}

async function closed(server: Server, answers: Answers): Promise<void> {
  answers.refuse()
  const ended = new Promise((resolve) => server.close(resolve))
  await answers.done()
  server.closeAllConnections()
  await ended
  // Requests whose connection was cut end soon after it.
  await answers.done()
}
