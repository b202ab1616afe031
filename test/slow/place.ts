import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Discovery } from '../../core/server/discovery.ts'
import type { ServerMessage } from '../../core/server/main.ts'

const core = fileURLToPath(new URL('../../core/', import.meta.url))

/** A home with folders for temporary files and sockets of its own, so that whatever is left lies there. */
export interface Place {
  readonly folder: string
  readonly home: string
  /** The command line. */
  command(parameters: readonly string[]): Command
  server(): StartedServer
  /** Processes that belong here: of the studio, and all that they have started. */
  processes(): readonly number[]
  /** Files that are nobody's any more. */
  leftovers(): readonly string[]
  remove(): void
}

export interface Command {
  readonly child: ChildProcess
  /** What it has printed so far, lines of JSON. */
  lines(): readonly Readonly<Record<string, unknown>>[]
  readonly ended: Promise<number | null>
}

export interface StartedServer {
  readonly child: ChildProcess
  readonly ready: Promise<Discovery>
  /** As Electron ends it: jobs save and stop first. @returns the exit code */
  close(): Promise<number | null>
}

/** @param settings further environment variables */
export function newPlace(folder: string, settings: Readonly<Record<string, string>>): Place {
  const [home, temporary, sockets] = ['home', 'tmp', 'sockets'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const each of [home, temporary, sockets]) mkdirSync(each, { recursive: true })
  const env = {
    ...{ ...process.env, ...settings, VGG_STUDIO_HOME: home },
    ...{ TMPDIR: temporary, XDG_RUNTIME_DIR: sockets, NO_COLOR: '1' },
  }
  return {
    ...{ folder, home },
    command(parameters) {
      const child = spawn(process.execPath, [join(core, 'cli/main.ts'), ...parameters, '--json'], {
        ...{ env, stdio: ['ignore', 'pipe', 'pipe'] },
      })
      const ended = once(child, 'close').then(([code]) => code as number | null)
      return { child, lines: linesOf(child), ended }
    },
    server() {
      const child = fork(join(core, 'server/main.ts'), ['--home', home], { env, execArgv: [] })
      const ended = once(child, 'exit').then(([code]) => code as number | null)
      const ready = once(child, 'message').then(([message]: ServerMessage[]) => {
        if (message!.type === 'failed') throw new Error(message!.error.message)
        return message!.discovery
      })
      const close = (): Promise<number | null> => {
        child.disconnect()
        return ended
      }
      return { child, ready, close }
    },
    processes: () => marked(`VGG_STUDIO_HOME=${home}`),
    leftovers: () => [
      ...[temporary, sockets].flatMap((each) => filesIn(each).map((path) => join(each, path))),
      ...filesIn(home).filter((path) => isTemporary.test(path)),
    ],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Names under which something is written before it is whole, and what a database keeps beside it while it is open. */
const isTemporary = /\.tmp(\/|$)|\.part$|-(wal|shm|journal)$|^server\/server\.json$|^cache\/weights\//

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

/** The environment is handed on to every process, whoever starts it. */
function marked(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)
      } catch {
        return false
      }
    })
    .map(Number)
}

function linesOf(child: ChildProcess): Command['lines'] {
  let text = ''
  child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr!.resume()
  return () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Waits until none of its processes lives. @returns how long it took, ms @throws Error with what is still there */
export async function untilGone(place: Place, limit = 60_000): Promise<number> {
  const began = performance.now()
  for (let left = place.processes(); left.length > 0; left = place.processes()) {
    if (performance.now() - began > limit) throw new Error(`still there: ${left.map(nameOf).join(', ')}`)
    await delay(50)
  }
  return performance.now() - began
}

/** What is still there once all has ended, a line each: processes after a minute, and files that are nobody's. */
export async function remainsOf(place: Place): Promise<readonly string[]> {
  const processes = await untilGone(place).then(
    () => [],
    (error: Error) => [error.message],
  )
  return [...processes, ...place.leftovers().map((path) => `left: ${path}`)]
}

/** What a process is, for a person. */
export function nameOf(pid: number): string {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200)}`
  } catch {
    return `${pid} (gone)`
  }
}
