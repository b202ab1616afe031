import { spawn } from 'node:child_process'
import { StudioError } from '../../base/errors.ts'

export interface ExecuteOptions {
  readonly signal?: AbortSignal | undefined
  readonly environment?: NodeJS.ProcessEnv
  readonly folder?: string
  /** Gets each line of the program's output. */
  readonly onLine?: (line: string) => void
}

/**
 * Runs a program to its end.
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
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
      cwd: folder,
      signal,
    })
    let output = ''
    let complaints = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      for (const line of chunk.toString().split('\n')) if (line !== '') onLine?.(line)
    })
    child.stderr.on('data', (chunk: Buffer) => (complaints = `${complaints}${chunk.toString()}`.slice(-4000)))
    child.on('error', (error) => {
      if (signal?.aborted) reject(new StudioError('canceled', {}, { cause: error }))
      else
        reject(
          new StudioError(
            'program-failed',
            { what: 'not-run', command, detail: error.message },
            { cause: error },
          ),
        )
    })
    child.on('close', (code, killed) => {
      if (code === 0) resolve(output)
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
