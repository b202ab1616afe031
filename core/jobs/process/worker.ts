import { factOf, messageOf, StudioError } from '../../base/errors.ts'
import { openLog } from '../../base/log.ts'
import type { Id } from '../../registry/types.ts'
import { pauseSwitch } from '../../training/control.ts'
import { jobInput, runHere } from '../catalog.ts'
import { openContext, type JobContext } from '../context/context.ts'
import type { JobEvent } from '../recording/events.ts'
import { runFolder, useHome } from '../context/home.ts'
import { cutJournal } from '../recording/journal.ts'
import type { Command, Report } from './messages.ts'

/**
 * The process of one job, started with an IPC channel. It hears its parent only while its thread is free: a native
 * step blocks it, so between steps. When the channel closes, the parent is gone: the job saves and ends.
 */

const log = openLog('worker')
const stop = new AbortController()
const pause = pauseSwitch()
let orphaned = false
/** What the parent has not said to have recorded, oldest first: it may be killed before it does. */
const unrecorded: JobEvent[] = []
let record: (event: JobEvent) => void = () => undefined

process.on('message', (command: Command) => {
  if (command.type !== 'recorded') log(command.type === 'start' ? `job ${command.kind}` : command.type)
  switch (command.type) {
    case 'start':
      void work(command)
      break
    case 'stop':
      stop.abort()
      break
    case 'pause':
      pause.pause()
      break
    case 'resume':
      pause.resume()
      break
    case 'recorded':
      unrecorded.shift()
      break
  }
})

process.on('disconnect', () => {
  log('its parent is gone')
  orphaned = true
  recordUnheard()
  stop.abort()
})

// The terminal sends Ctrl-C to everyone in it; the parent decides what that means for its jobs.
process.on('SIGINT', () => undefined)

async function work({ kind, input, home }: Extract<Command, { type: 'start' }>): Promise<void> {
  let run: Id | undefined
  let context: JobContext | undefined
  try {
    const own = openContext({ home, signal: stop.signal, pause })
    record = own.emit
    const emit = (event: JobEvent): void => {
      if (event.event === 'run') run = event.run
      log(`event ${event.event}`)
      say(event)
    }
    context = { ...own, emit }
    const result = await runHere(kind, context, jobInput(kind, input))
    log('done')
    await tell({ type: 'result', result })
  } catch (error) {
    log(`failed: ${messageOf(error)}`)
    await tell({ type: 'failed', error: factOf(error), stopped: stop.signal.aborted })
  } finally {
    recordUnheard()
    if (context && run) markOrphan(context, run)
    context?.registry.close()
    process.exit()
  }
}

function say(event: JobEvent): void {
  if (orphaned) return record(event)
  unrecorded.push(event)
  void tell({ type: 'event', event })
}

/** Takes the place of a parent that is gone, and may have been killed while it recorded. */
function recordUnheard(): void {
  if (process.connected) return
  const events = unrecorded.splice(0)
  const step = events.find((event) => event.event === 'step')
  if (step) cutJournal(runFolder(useHome(), step.run), step.step - 1)
  for (const event of events) record(event)
}

/** Nobody asked for the stop: the run was interrupted. */
function markOrphan({ registry }: JobContext, run: Id): void {
  if (!orphaned || registry.runs.get(run).status !== 'stopped') return
  registry.runs.end(run, 'interrupted', new StudioError('studio-ended', {}).fact)
}

/** Sent when it is resolved: the process may end then. */
function tell(report: Report): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(report, undefined, undefined, () => resolve())
    else resolve()
  })
}
