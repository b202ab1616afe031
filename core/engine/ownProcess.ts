import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ErrorReport } from '../base/errors.ts'
import { hugePages } from '../base/hugePages.ts'
import { hearChild } from '../base/log.ts'
import { moduleUrl } from '../base/moduleUrl.ts'

/** Milliseconds until a device that is tried, and does not answer, is given up: a driver may hang. */
export const patience = 120_000

/** Milliseconds after which such a process ends by itself, whatever its parent does: more than any is waited for. */
export const ownLimit = 600_000

export interface OwnProcessOptions {
  readonly onMessage: (message: unknown) => void
  /** Ends the process. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until it is given up. Default: never. */
  readonly timeout?: number | undefined
  /** Of the process; default: this one's. */
  readonly environment?: NodeJS.ProcessEnv | undefined
}

/**
 * Runs a module of this folder in a process of its own: a driver or a library that is not up to its task, or that runs
 * out of memory, may take the process down, and then takes this one alone.
 *
 * @returns null where it ended by itself; else what ended it
 */
export function runInOwnProcess(
  module: 'selfTestProcess' | 'calibrationProcess' | 'startProcess',
  question: readonly string[],
  { onMessage, signal, timeout, environment }: OwnProcessOptions,
): Promise<ErrorReport | null> {
  const late = timeout === undefined ? undefined : AbortSignal.timeout(timeout)
  const stop = AbortSignal.any([signal, late].filter((one) => one !== undefined))
  return new Promise((resolve) => {
    const program = fileURLToPath(moduleUrl(import.meta.url, `./${module}`))
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const
    const killSignal = 'SIGKILL'
    const env = { ...(environment ?? process.env), ...hugePages }
    const child = fork(program, question, { stdio: [...stdio], signal: stop, env, killSignal })
    const complaints = hearChild(child.stderr!, 2000)
    child.on('message', onMessage)
    child.on('error', (error) => {
      if (!stop.aborted) resolve({ code: 'process-not-started', message: error.message })
    })
    child.on('close', (code, killed) => {
      if (code === 0) resolve(null)
      else if (late?.aborted) resolve({ code: 'process-hung', message: 'it did not answer in time.' })
      else resolve({ code: 'process-died', message: death(code, killed, complaints()) })
    })
  })
}

function death(code: number | null, signal: NodeJS.Signals | null, complaints: string): string {
  const how =
    signal === 'SIGKILL'
      ? 'the system ended its process, as it does when memory runs out'
      : `its driver ended the process (${signal ?? code})`
  const detail = complaints.split('\n').at(-1) ?? ''
  return `${how}. ${detail}`.trim()
}
