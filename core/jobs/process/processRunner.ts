import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { factOf, StudioError, type ErrorFact } from '../../base/errors.ts'
import { hugePages } from '../../base/hugePages.ts'
import { forwardLog } from '../../base/log.ts'
import { moduleUrl } from '../../base/moduleUrl.ts'
import type { ParentMessage, WorkerMessage } from './messages.ts'
import type { JobOutcome, JobRunner, JobStart, Part, RunningJob } from './runner.ts'

const programs: Readonly<Record<Part, URL>> = {
  work: moduleUrl(import.meta.url, './worker'),
  preparation: moduleUrl(import.meta.url, './preparer'),
  training: moduleUrl(import.meta.url, './trainer'),
}

/** Runs each job in child processes of its own. */
export const processRunner: JobRunner = { start: startProcess }

function startProcess({ assignment, home, onEvent, onRow, onReady }: JobStart): RunningJob {
  const child = fork(fileURLToPath(programs[assignment.part]), [], {
    execArgv: [],
    env: { ...process.env, ...hugePages },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  const said = forwardLog(child.stderr!, keptWords)
  const ended = Promise.withResolvers<JobOutcome>()
  let outcome: JobOutcome | undefined
  const send = (command: ParentMessage): void => {
    if (child.connected) child.send(command, () => undefined)
  }
  child.on('message', (report: WorkerMessage) => {
    if (report.type === 'ready') {
      try {
        onReady?.(report.process)
        send({ type: 'held' })
      } catch {
        child.kill('SIGKILL')
      }
    } else if (report.type === 'event') {
      onEvent(report.event)
      send({ type: 'recorded' })
    } else if (report.type === 'row') {
      const { row, kind, content } = report
      try {
        send({ type: 'row', row, added: onRow(kind, content) })
      } catch (error) {
        send({ type: 'row', row, error: factOf(error) })
      }
    } else if (report.type === 'result') outcome = { kind: 'result', result: report.result }
    else outcome = { kind: 'failed', error: report.error, stopped: report.stopped }
  })
  child.on('error', (error) => ended.resolve({ kind: 'died', error: notStarted(error) }))
  child.on('close', (code, signal) =>
    ended.resolve(outcome ?? { kind: 'died', error: death(code, signal, said()) }),
  )
  send({ type: 'start', assignment, home })
  return {
    pid: child.pid,
    send: (command) => send({ type: command }),
    kill: () => void child.kill('SIGKILL'),
    ended: ended.promise,
  }
}

/** Characters of what a process wrote last to its standard error: crashes of native code tell their reason there. */
const keptWords = 4000

function notStarted(error: Error): ErrorFact {
  return new StudioError('process-not-started', { detail: error.message }).fact
}

function death(code: number | null, signal: NodeJS.Signals | null, words: string): ErrorFact {
  const last = words === '' ? null : lastLine(words)
  if (signal === 'SIGKILL') return new StudioError('process-killed', { last }).fact
  const memory = /out of memory|bad_alloc|allocation failed/i.test(words)
  const ending = { code, signal, last }
  return memory
    ? new StudioError('out-of-memory', { what: 'process', ...ending }).fact
    : new StudioError('process-died', ending).fact
}

function lastLine(words: string): string {
  return words
    .split('\n')
    .findLast((line) => line.trim() !== '')!
    .trim()
    .slice(0, 300)
}
