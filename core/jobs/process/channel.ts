import { errorOf, factOf, messageOf, StudioError } from '../../base/errors.ts'
import { openLog, type Role } from '../../base/log.ts'
import { pauseSwitch, type PauseSwitch } from '../../training/control.ts'
import type { JobEvent } from '../recording/events.ts'
import type { RecordRow } from '../recording/rows.ts'
import type { ParentMessage, WorkerMessage } from './messages.ts'

export type Start = Extract<ParentMessage, { type: 'start' }>

export interface Channel {
  /** Aborted when the job is to end: training saves. */
  readonly stop: AbortController
  readonly pause: PauseSwitch
  /** Aborted when the trials before a training are to end. */
  readonly skip: AbortController
  /** Resolves when the parent has taken the lease for this process. */
  readonly held: Promise<undefined>
  log(line: string): void
  /** Resolves when it was sent: the process may end then. */
  tell(report: WorkerMessage): Promise<void>
  say(event: JobEvent): void
  /** Rejects with what the parent says of it, and as `studio-ended` once the parent is gone. */
  readonly record: RecordRow
  /** Does the work, and tells what came of it. Never rejects. */
  answer(work: () => Promise<unknown>): Promise<void>
}

interface Handlers {
  readonly start: (start: Start) => void
  /** The parent has recorded the oldest event that it had not. */
  readonly recorded?: () => void
  /** The parent is gone. */
  readonly gone: () => void
}

/**
 * How a job's process hears its parent, over IPC, and tells it what happens. It hears only while its thread is free: a
 * native step blocks it, so between steps.
 */
export function openChannel(role: Role, handlers: Handlers): Channel {
  const log = openLog(role)
  const stop = new AbortController()
  const pause = pauseSwitch()
  const skip = new AbortController()
  const held = Promise.withResolvers<undefined>()
  const tell = (report: WorkerMessage): Promise<void> =>
    new Promise((resolve) => {
      if (process.connected) process.send!(report, undefined, undefined, () => resolve())
      else resolve()
    })
  const rows: PromiseWithResolvers<unknown>[] = []
  process.on('message', (command: ParentMessage) => {
    if (command.type !== 'recorded') log(command.type)
    switch (command.type) {
      case 'start':
        return handlers.start(command)
      case 'held':
        return held.resolve(undefined)
      case 'recorded':
        return handlers.recorded?.()
      case 'row':
        if ('error' in command) return rows[command.row]!.reject(errorOf(command.error))
        return rows[command.row]!.resolve(command.added)
      case 'stop':
        return stop.abort()
      case 'pause':
        return pause.pause()
      case 'resume':
        return pause.resume()
      case 'skip':
        return skip.abort()
    }
  })
  process.on('disconnect', () => {
    log('its parent is gone')
    handlers.gone()
    for (const { reject } of rows) reject(new StudioError('studio-ended', {}))
  })
  // The terminal sends Ctrl-C to everyone in it; the parent decides what that means for its jobs.
  process.on('SIGINT', () => undefined)
  return {
    ...{ stop, pause, skip, held: held.promise, log, tell },
    say(event) {
      log(`event ${event.event}`)
      void tell({ type: 'event', event })
    },
    async record(kind, content) {
      log(`row of ${kind}`)
      if (!process.connected) throw new StudioError('studio-ended', {})
      const answer = Promise.withResolvers<unknown>()
      const row = rows.push(answer) - 1
      void tell({ type: 'row', row, kind, content })
      return (await answer.promise) as Awaited<ReturnType<typeof this.record<typeof kind>>>
    },
    async answer(work) {
      try {
        const result = await work()
        log('done')
        await tell({ type: 'result', result })
      } catch (error) {
        log(`failed: ${messageOf(error)}`)
        await tell({ type: 'failed', error: factOf(error), stopped: stop.signal.aborted })
      }
    },
  }
}
