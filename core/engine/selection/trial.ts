import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { StudioError, type ErrorFact } from '../../base/errors.ts'
import { hugePages } from '../../base/hugePages.ts'
import { forwardLog } from '../../base/log.ts'
import { moduleUrl } from '../../base/moduleUrl.ts'
import type { NetworkOptions } from '../../network/architectures/index.ts'
import type { Device, EngineName, ExecutionOptions, SelfTest } from '../types.ts'

/** The work of one training step, as far as its speed goes. */
export interface StepShape {
  readonly network: NetworkOptions
  /** Layers that stay as they are. */
  readonly frozen: readonly string[]
  /** Images that go forward and backward. */
  readonly images: number
  readonly threads: number
}

/** Seconds. */
export interface StepTimes {
  /** Forward and backward of the shape's images. */
  readonly accumulate: number
  readonly apply: number
}

/** What is tried, in a process of its own. */
export type TrialTask = {
  readonly engine: EngineName
  readonly execution: ExecutionOptions
} & ({ readonly kind: 'self-test' | 'start' } | { readonly kind: 'benchmark'; readonly shape: StepShape })

/** What a trial says: of a self-test its outcome, of a benchmark the times of each step; a start says nothing. */
export interface TrialAnswer {
  readonly selfTest?: SelfTest
  readonly step?: StepTimes
}

export interface TrialOptions {
  readonly onAnswer?: (answer: TrialAnswer) => void
  /** Ends the process. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until it is given up. Default: never. */
  readonly timeout?: number | undefined
  /** Environment of the process; default: this one's. */
  readonly environment?: NodeJS.ProcessEnv | undefined
}

/** @returns null where all of the task was done; else why not */
export type Trial = (task: TrialTask, options?: TrialOptions) => Promise<ErrorFact | null>

/** What is selected among, and how it is tried. */
export interface Machine {
  readonly devices: () => Promise<readonly Device[]>
  readonly trial: Trial
}

/** Milliseconds until a device that is tried, and does not answer, is given up: a driver may hang. */
export const trialTimeout = 120_000

/** What the process sends. */
export type TrialMessage = TrialAnswer & { readonly error?: ErrorFact; readonly done?: true }

/**
 * Tries something in a process of its own: a driver or a library that is not up to its task, or that runs out of memory,
 * may take the process down, and then takes this one alone.
 */
export const runTrial: Trial = (task, { onAnswer, signal, timeout, environment } = {}) => {
  const late = timeout === undefined ? undefined : AbortSignal.timeout(timeout)
  const stop = AbortSignal.any([signal, late].filter((one) => one !== undefined))
  return new Promise((resolve) => {
    let outcome: ErrorFact | null = failure('silent')
    const child = fork(fileURLToPath(moduleUrl(import.meta.url, './trialProcess')), [JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      signal: stop,
      env: { ...(environment ?? process.env), ...hugePages },
      killSignal: 'SIGKILL',
    })
    const complaints = forwardLog(child.stderr!, 2000)
    child.on('message', ({ error, done, ...answer }: TrialMessage) => {
      if (error) outcome = error
      else if (done) outcome = null
      else onAnswer?.(answer)
    })
    child.on('error', ({ message }) => {
      if (!stop.aborted) resolve(failure('not-started', message))
    })
    child.on('close', (code, killed) => {
      if (code === 0) resolve(outcome)
      else if (late?.aborted) resolve(failure('hung'))
      else resolve(failure(killed === 'SIGKILL' ? 'killed' : 'died', complaints(), `${killed ?? code}`))
    })
  })

  function failure(ending: TrialEnding, words = '', by = ''): ErrorFact {
    const last = words.split('\n').at(-1) ?? ''
    return new StudioError('trial-ended', { trial: task.kind, ending, last, by }).fact
  }
}

export type TrialEnding = 'not-started' | 'silent' | 'hung' | 'killed' | 'died'
