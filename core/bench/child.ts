import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { errorOf, StudioError, throwIfAborted, type ErrorFact } from '../base/errors.ts'
import type { Round } from './types.ts'

/** What to start, and what to call it in errors. */
export interface Program {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** A process that does one work, a round at a time. */
export interface Child<Ready> {
  readonly ready: Ready
  /** Asks for a round and waits for it. */
  round(): Promise<Round>
  /** Resolves when the process, and those that it started, are gone. */
  end(): Promise<void>
}

type Message<Ready> = {
  readonly ready?: Ready
  readonly round?: Round
  readonly failed?: ErrorFact
}

/**
 * Starts a program, gives it a task, and waits until it is ready. Both sides speak JSON, a line a message.
 *
 * @throws StudioError what the program says of its failure; `bench-not-started`, `bench-died`; `canceled` by the signal
 */
export async function startChild<Ready>(
  program: Program,
  task: object,
  signal?: AbortSignal,
): Promise<Child<Ready>> {
  throwIfAborted(signal)
  const child = launch(program)
  const words = lastWords(child.stderr!)
  const closed = closing(child)
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const kill = (): void => killGroup(child)
  // Processes that it started hold its output open.
  child.once('exit', kill)
  process.once('exit', kill)
  signal?.addEventListener('abort', kill)

  async function answer(): Promise<Message<Ready>> {
    for (;;) {
      const { value, done } = await lines.next()
      throwIfAborted(signal)
      if (done) throw death(program, await closed, words())
      const message = parse<Ready>(value)
      if (message?.failed) throw errorOf(message.failed)
      if (message) return message
    }
  }

  async function end(): Promise<void> {
    kill()
    await closed
    process.off('exit', kill)
    signal?.removeEventListener('abort', kill)
  }

  const ask = (line: string): void => void child.stdin!.write(`${line}\n`)
  try {
    ask(JSON.stringify(task))
    const { ready } = await answer()
    return {
      ready: ready!,
      async round() {
        ask('round')
        return (await answer()).round!
      },
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** In a process group of its own: Ctrl-C in a terminal comes to us alone, and one signal ends it with its workers. */
function launch({ command, args, environment }: Program): ChildProcess {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  // It may be gone before it has read everything; how it ended is told elsewhere.
  child.stdin.on('error', () => undefined)
  return child
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly error?: Error
}

function closing(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }))
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
}

/** Null for what libraries print. */
function parse<Ready>(line: string): Message<Ready> | null {
  try {
    const message = JSON.parse(line) as Message<Ready> | null
    return message?.ready || message?.round || message?.failed ? message : null
  } catch {
    return null
  }
}

function death({ name, command }: Program, { code, signal, error }: Ending, words: string): StudioError {
  if (error) {
    return new StudioError('bench-not-started', { command, detail: error.message })
  }
  const last = words.split('\n').at(-1)?.trim().slice(0, 300) ?? ''
  return new StudioError('bench-died', { name, code, signal, last })
}

const keptWords = 4000

function lastWords(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => (text = (text + chunk.toString('utf8')).slice(-keptWords)))
  return () => text.trim()
}
