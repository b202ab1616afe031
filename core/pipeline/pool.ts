import { Worker } from 'node:worker_threads'
import { messageOf, StudioError } from '../base/errors.ts'
import type { LoadResult, WorkerRequest, WorkerSetup } from './messages.ts'

/** Threads that stop only when told to. */
export interface Pool {
  /** Posts to every thread. */
  send(request: WorkerRequest): void
  /** Lets each thread finish the image that it is at; resolves when all have ended. */
  stop(): Promise<void>
}

export interface PoolOptions {
  readonly threads: number
  /** The module that each thread runs. */
  readonly module: URL
  readonly setup: WorkerSetup
  onResult(result: LoadResult): void
  /** A thread has ended unasked; at most once. */
  onCrash(error: StudioError): void
}

/** A thread stuck in one image is ended the hard way after this long. */
const patienceMilliseconds = 10_000

export function startPool({ threads, module, setup, onResult, onCrash }: PoolOptions): Pool {
  let stopping = false
  const crashed = (cause: unknown): void => {
    if (stopping) return
    stopping = true
    onCrash(crashError(cause))
  }
  const start = (): { worker: Worker; ended: Promise<void> } => {
    const worker = new Worker(module, { workerData: setup, name: 'decode' })
    worker.on('message', onResult)
    worker.on('messageerror', crashed)
    worker.on('error', crashed)
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        crashed(`it exited with code ${code}`)
        resolve()
      })
    })
    return { worker, ended }
  }
  const started = Array.from({ length: threads }, start)

  return {
    send(request) {
      for (const { worker } of started) worker.postMessage(request)
    },
    async stop() {
      stopping = true
      for (const { worker } of started) worker.postMessage({ kind: 'stop' } satisfies WorkerRequest)
      const end = (): void => started.forEach(({ worker }) => void worker.terminate())
      const timer = setTimeout(end, patienceMilliseconds)
      await Promise.all(started.map(({ ended }) => ended))
      clearTimeout(timer)
    },
  }
}

function crashError(cause: unknown): StudioError {
  const what = typeof cause === 'string' ? cause : messageOf(cause)
  return new StudioError('decode-thread-ended', { what }, { cause })
}
