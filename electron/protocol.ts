import { protocol } from 'electron'
import { rendererFile } from './files.ts'
import { forward } from './forward.ts'
import { isOurs, scheme } from './origin.ts'
import { securityHeaders } from './policy.ts'
import type { StudioServer } from './server.ts'

/** Called before the application is ready: pages of this scheme are as safe as those of https. */
export function registerScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true }
  protocol.registerSchemesAsPrivileged([{ scheme, privileges }])
}

interface Served {
  readonly server: StudioServer
  /** The built renderer. */
  readonly folder: string
}

/** app://vgg-studio/: the renderer's files, and under /api the server. No port is open for it. */
export function serveApp(served: Served): void {
  protocol.handle(scheme, (request) => respond(request, served))
}

async function respond(request: Request, { server, folder }: Served): Promise<Response> {
  if (!isOurs(request.url)) return new Response(null, { status: 404 })
  const { pathname } = new URL(request.url)
  const response = pathname.startsWith('/api/')
    ? await ask(request, server)
    : await rendererFile(folder, pathname)
  for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value)
  return response
}

async function ask(request: Request, server: StudioServer): Promise<Response> {
  try {
    const { socket, token } = await server.target()
    return await forward(request, socket, token)
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 })
    server.missed()
    return Response.json({ error: unreachable(error) }, { status: 503 })
  }
}

function unreachable(error: unknown) {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    code: 'no-server',
    message: `The part of VGG Studio that does the work does not answer (${reason}).`,
    hint: 'It is started again; try in a moment.',
  }
}
