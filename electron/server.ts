import { fork, type ChildProcess } from 'node:child_process'
import { cleanEnvironment } from './environment.ts'

/** Where the server listens, and what it wants to hear. */
export interface Target {
  readonly socket: string
  readonly token: string
}

/** The process that does the work, in another Node. Started, restarted when it dies, and ended with the application. */
export interface StudioServer {
  /** Waits while it starts. @throws Error where it can't be started */
  target(): Promise<Target>
  /** Nobody answered there: a server that somebody else had started may have ended. */
  missed(): void
  /** Whether it is this application's own: one that “vgg-studio serve” has started continues without it. */
  readonly own: boolean
  /** What is in training is saved first. */
  stop(): Promise<void>
}

export interface ServerOptions {
  /** A Node. */
  readonly node: string
  /** The server's module. */
  readonly entry: string
  /** The home folder, where it isn't the usual one. */
  readonly home?: string | undefined
  /** Told once, when it is given up. */
  readonly onGivenUp?: (error: Error) => void
  /** It is started once this says so, and never where it says no: what it runs may have to be looked at first. */
  readonly allowed?: Promise<boolean>
  /** Number of deaths within a number of milliseconds that is too many. */
  readonly patience?: { readonly deaths: number; readonly within: number }
}

/** As core/server/main.ts sends it. */
type Message =
  | { readonly type: 'ready'; readonly discovery: Target; readonly own: boolean }
  | { readonly type: 'failed'; readonly error: { readonly message: string; readonly hint?: string } }

interface Running {
  readonly child: ChildProcess
  readonly ready: Promise<Target>
  readonly ended: Promise<undefined>
}

export function superviseServer(place: ServerOptions): StudioServer {
  const { patience = { deaths: 4, within: 60_000 }, onGivenUp, allowed = Promise.resolve(true) } = place
  let own = true
  let stopping = false
  let starting = true
  let deaths: readonly number[] = []
  let running: Running | null = null
  const begun = allowed.then((may) => {
    if (may && !stopping) running = start()
  })
  // Callers that ask for the server hear of it.
  begun.catch(() => undefined)

  function start(): Running {
    starting = true
    const child = startProcess(place)
    const ready = Promise.withResolvers<Target>()
    const ended = Promise.withResolvers<undefined>()
    let refused: Error | undefined
    // A caller that waits for it hears of its failure; there may be none.
    ready.promise.catch(() => undefined)
    child.on('message', (message: Message) => {
      starting = false
      if (message.type === 'ready') {
        own = message.own
        ready.resolve(message.discovery)
      } else ready.reject((refused = asError(message.error)))
    })
    child.on('error', (error) => ready.reject((refused = error)))
    child.on('exit', (code, signal) => {
      starting = false
      ready.reject(new Error(`it ended at its start (${signal ?? code})`))
      ended.resolve(undefined)
      if (stopping || (!own && !refused)) return
      if (refused) onGivenUp?.(refused)
      else startAnew()
    })
    return { child, ready: ready.promise, ended: ended.promise }
  }

  function startAnew(): void {
    const now = Date.now()
    deaths = [...deaths.filter((time) => now - time < patience.within), now]
    if (deaths.length < patience.deaths) running = start()
    else onGivenUp?.(new Error('It keeps ending soon after it was started.'))
  }

  return {
    async target() {
      await begun
      if (running === null) throw new Error('it is not started')
      return running.ready
    },
    missed() {
      if (!own && !stopping && !starting) running = start()
    },
    get own() {
      return own
    },
    async stop() {
      stopping = true
      if (running === null) return
      const { child, ended } = running
      if (child.connected) child.disconnect()
      if (own && child.exitCode === null && child.signalCode === null) await ended
    },
  }
}

function startProcess({ node, entry, home }: ServerOptions): ChildProcess {
  return fork(entry, home === undefined ? [] : ['--home', home], {
    execPath: node,
    execArgv: [],
    env: cleanEnvironment(process.env),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

function asError({ message, hint }: { readonly message: string; readonly hint?: string }): Error {
  return new Error(hint === undefined ? message : `${message} ${hint}`)
}
