import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { StudioError } from '../base/errors.ts'

type Fetch = (request: Request) => Response | Promise<Response>

export interface Listening {
  close(): Promise<void>
}

/** Where programs find the server: a socket in a folder of its own (mode 0700), or a named pipe. */
export function newSocketPath(): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\vgg-studio-${randomBytes(16).toString('hex')}`
  // The system's limit for a socket's path is about 100 bytes.
  return join(mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'vgg-')), 's')
}

export async function listenOnSocket(path: string, fetch: Fetch): Promise<Listening> {
  const server = await started(createServer(listener(fetch, 'vgg-studio')), { path })
  return {
    async close() {
      await closed(server)
      if (process.platform !== 'win32') rmSync(dirname(path), { recursive: true, force: true })
    },
  }
}

/**
 * On this machine only.
 * @param port 0: any free one
 * @throws StudioError `port-taken`
 */
export async function listenOnPort(
  port: number,
  app: (port: number) => Fetch,
): Promise<Listening & { readonly port: number }> {
  const late: { fetch?: Fetch } = {}
  const handle: Fetch = (request) => late.fetch!(request)
  const server = await started(createServer(listener(handle, '127.0.0.1')), {
    port,
    host: '127.0.0.1',
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error
    throw new StudioError('port-taken', `Port ${port} can't be used (${error.code}).`, {
      hint: 'Choose another one with --port, or 0 for any.',
      cause: error,
    })
  })
  const actual = (server.address() as AddressInfo).port
  late.fetch = app(actual)
  return { port: actual, close: () => closed(server) }
}

function listener(fetch: Fetch, hostname: string) {
  return getRequestListener(fetch, { hostname, overrideGlobalObjects: false })
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

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    // Event streams never end by themselves.
    server.closeAllConnections()
  })
}
