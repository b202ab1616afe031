import { openContext } from '../../core/jobs/context/context.ts'
import { openRecorder } from '../../core/jobs/recording/recorder.ts'
import { processRunner } from '../../core/jobs/process/processRunner.ts'
import { startJob } from '../../core/jobs/process/startJob.ts'
import type { JobKind } from '../../core/jobs/catalog.ts'

/** `node parentProcess.ts HOME KIND INPUT`: starts a job and records it as the server does, until it is killed. */
const [home, kind, input] = process.argv.slice(2) as [string, JobKind, string]
const context = openContext({ home })
const onEvent = openRecorder(context, (event) => {
  if (event.event !== 'step') return
  process.send?.({ pid: job.pid })
  process.send?.(event.step)
})
const job = startJob(processRunner, { kind, input: JSON.parse(input), context, onEvent })
const { kind: how } = await job.ended
context.registry.close()
process.send?.({ how })
process.disconnect?.()
