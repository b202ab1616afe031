import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ErrorReport } from '../base/errors.ts'
import { hugePages } from '../base/hugePages.ts'
import { moduleUrl } from '../base/moduleUrl.ts'
import type { Command, Report } from './messages.ts'
import type { JobOutcome, JobRunner, JobStart, RunningJob } from './runner.ts'

const workerModule = moduleUrl(import.meta.url, './worker')

/** Runs each job in a child process of its own. */
export const processRunner: JobRunner = { start: startProcess }

function startProcess({ kind, input, home, onEvent }: JobStart): RunningJob {
  const child = fork(fileURLToPath(workerModule), [], {
    execArgv: [],
    env: { ...process.env, ...hugePages },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  const said = lastWords(child.stderr!)
  const ended = Promise.withResolvers<JobOutcome>()
  let outcome: JobOutcome | undefined
  const send = (command: Command): void => {
    if (child.connected) child.send(command, () => undefined)
  }
  child.on('message', (report: Report) => {
    if (report.type === 'event') {
      onEvent(report.event)
      send({ type: 'recorded' })
    } else if (report.type === 'result') outcome = { kind: 'result', result: report.result }
    else outcome = { kind: 'failed', error: report.error, stopped: report.stopped }
  })
  child.on('error', (error) => ended.resolve({ kind: 'died', error: notStarted(error) }))
  child.on('close', (code, signal) =>
    ended.resolve(outcome ?? { kind: 'died', error: death(code, signal, said()) }),
  )
  send({ type: 'start', kind, input, home })
  return {
    pid: child.pid,
    send: (command) => send({ type: command }),
    kill: () => void child.kill('SIGKILL'),
    ended: ended.promise,
  }
}

const keptWords = 4000

/** What a process wrote last to its standard error: crashes of native code tell their reason there. */
function lastWords(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => (text = (text + chunk.toString('utf8')).slice(-keptWords)))
  return () => text.trim()
}

function notStarted(error: Error): ErrorReport {
  return { code: 'process-not-started', message: `The job's process could not be started: ${error.message}.` }
}

function death(code: number | null, signal: NodeJS.Signals | null, words: string): ErrorReport {
  const last = words === '' ? '' : ` Its last words: ${lastLine(words)}`
  if (signal === 'SIGKILL') {
    return {
      code: 'process-killed',
      message: `The job's process was killed by the system or by somebody.${last}`,
      hint: 'Systems do that when memory runs out: close other programs, then resume; or start a new run with a smaller micro-batch.',
    }
  }
  const how = signal ? `crashed (${signal})` : `ended unexpectedly (exit code ${code})`
  const memory = /out of memory|bad_alloc|allocation failed/i.test(words)
  return {
    code: memory ? 'out-of-memory' : 'process-died',
    message: `The job's process ${how}.${last}`,
    hint: memory
      ? 'Close other programs, then resume; or start a new run with a smaller micro-batch or crop.'
      : 'Resume the run; if it happens again, another engine or device may help.',
  }
}

function lastLine(words: string): string {
  return words
    .split('\n')
    .findLast((line) => line.trim() !== '')!
    .trim()
    .slice(0, 300)
}
