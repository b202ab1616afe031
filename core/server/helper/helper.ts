import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { errorOf, StudioError } from '../../base/errors.ts'
import { moduleUrl } from '../../base/moduleUrl.ts'
import type { TaskAnswer, TaskName, Tasks } from '../../jobs/process/helper.ts'

const helperModule = moduleUrl(import.meta.url, '../../jobs/process/helper')

/** Does small things in a process of its own, so that the server's thread stays quick. */
export interface Helper {
  /**
   * The latest asked is done first: it is what a person who scrolls looks at.
   * @throws StudioError of the task; `helper-died`; `canceled` when the signal came before its turn
   */
  run<Name extends TaskName>(
    task: Name,
    input: Tasks[Name]['input'],
    signal?: AbortSignal,
  ): Promise<Tasks[Name]['output']>
  /** The next tasks are for a new process; what the old one is at is done first. */
  renew(): void
  /** What is not done by then fails, and nothing is begun any more. */
  close(): void
}

export interface HelperOptions {
  /** The home folder. */
  readonly home: string
  /** Tasks at once. */
  readonly parallel: number
  /** Milliseconds without a task after which the process ends, to start again when needed; left out: never. */
  readonly idle?: number
}

interface Task {
  readonly task: TaskName
  readonly input: unknown
  readonly resolve: (output: unknown) => void
  readonly reject: (error: StudioError) => void
}

/**
 * glibc keeps a pool of freed memory for each thread that allocates, and each upload has decode threads of its own: with two
 * pools a process that predicts stays 110 MB smaller (`node test/bench/uploads.ts`).
 */
const pools = { MALLOC_ARENA_MAX: '2' }

/** The process starts with the first task, and again after it died. */
export function openHelper({ home, parallel, idle }: HelperOptions): Helper {
  const waiting: Task[] = []
  const running = new Map<number, Task>()
  let child: ChildProcess | undefined
  let next = 1
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let stale = false

  function start(): ChildProcess {
    const started = fork(fileURLToPath(helperModule), [home], {
      execArgv: [],
      env: { ...pools, ...process.env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
    started.on('message', settle)
    started.on('error', () => lose(started))
    started.on('exit', () => lose(started))
    return started
  }

  function lose(lost: ChildProcess): void {
    if (child !== lost) return
    child = undefined
    failRunning()
    turn()
  }

  function failRunning(): void {
    const tasks = [...running.values()]
    running.clear()
    for (const { reject } of tasks) reject(died())
  }

  function settle(answer: TaskAnswer): void {
    const task = running.get(answer.id)
    if (!task) return
    running.delete(answer.id)
    if ('error' in answer) {
      task.reject(errorOf(answer.error))
    } else task.resolve(answer.output)
    turn()
  }

  function turn(): void {
    clearTimeout(timer)
    if (stale && running.size > 0) return
    if (stale) {
      stale = false
      rest()
    }
    while (running.size < parallel && waiting.length > 0) {
      const task = waiting.pop()!
      const id = next++
      child ??= start()
      running.set(id, task)
      child.send({ id, task: task.task, input: task.input }, (error) => error && child && lose(child))
    }
    if (idle !== undefined && running.size === 0) timer = setTimeout(rest, idle).unref()
  }

  function rest(): void {
    const resting = child
    child = undefined
    resting?.disconnect()
  }

  return {
    run<Name extends TaskName>(task: Name, input: Tasks[Name]['input'], signal?: AbortSignal) {
      return new Promise<Tasks[Name]['output']>((resolve, reject) => {
        if (closed) return reject(died())
        const entry: Task = { task, input, resolve: resolve as (output: unknown) => void, reject }
        waiting.push(entry)
        signal?.addEventListener('abort', () => {
          const index = waiting.indexOf(entry)
          if (index < 0) return
          waiting.splice(index, 1)
          reject(new StudioError('canceled', {}))
        })
        turn()
      })
    },
    renew() {
      stale = true
      turn()
    },
    close() {
      closed = true
      clearTimeout(timer)
      for (const { reject } of waiting.splice(0)) reject(died())
      failRunning()
      rest()
    },
  }
}

function died(): StudioError {
  return new StudioError('helper-died', {})
}
