import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { StudioError } from '../../base/errors.ts'
import { moduleUrl } from '../../base/moduleUrl.ts'
import type { NotRun } from './execution.ts'

const executionModule = fileURLToPath(moduleUrl(import.meta.url, './execution'))

export interface ExecuteOptions {
  readonly signal?: AbortSignal | undefined
  readonly environment?: NodeJS.ProcessEnv
  readonly folder?: string
  /** Gets each line of the program's output. */
  readonly onLine?: (line: string) => void
}

/**
 * Runs a program to its end. Where this process dies or the signal comes, the program ends within a second or so, with all
 * that it has started.
 *
 * @returns what it wrote to its standard output
 * @throws StudioError `program-failed` with the last lines of what it complained of; `canceled`
 */
export function execute(
  command: string,
  args: readonly string[],
  { signal, environment = process.env, folder, onLine }: ExecuteOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = fork(executionModule, [command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: environment,
      cwd: folder,
      execArgv: [],
      detached: true,
    })
    const stop = (): void => void child.send('stop')
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
    let notRun: string | null = null
    child.on('message', (answer: NotRun) => (notRun = answer.notRun))
    child.on('error', ({ message }) => (notRun = message))
    let output = ''
    let complaints = ''
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      for (const line of chunk.toString().split('\n')) if (line !== '') onLine?.(line)
    })
    child.stderr!.on(
      'data',
      (chunk: Buffer) => (complaints = `${complaints}${chunk.toString()}`.slice(-4000)),
    )
    child.on('close', (code, killed) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted) reject(new StudioError('canceled', {}))
      else if (notRun !== null)
        reject(new StudioError('program-failed', { what: 'not-run', command, detail: notRun }))
      else if (code === 0) resolve(output)
      else
        reject(
          new StudioError('program-failed', {
            what: 'failed',
            command,
            ending: killed ?? code,
            complaints: complaints.trim(),
          }),
        )
    })
  })
}

/** Whether a program is there and answers. */
export async function runsSuccessfully(command: string, args: readonly string[]): Promise<boolean> {
  return execute(command, args).then(
    () => true,
    () => false,
  )
}
