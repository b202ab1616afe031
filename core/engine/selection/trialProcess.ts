import { factOf } from '../../base/errors.ts'
import { exitWithParent } from '../../base/exitWithParent.ts'
import { openLog } from '../../base/log.ts'
import { findEngine } from '../index.ts'
import { measureSteps } from './benchmark.ts'
import { predictOnce, selfTest } from './selfTest.ts'
import type { TrialMessage, TrialTask } from './trial.ts'

/** `node trialProcess.ts TASK`: does a TrialTask (JSON) and sends its parent TrialMessages. */

/** Milliseconds after which it ends by itself, whatever its parent does: more than any is waited for. */
const limit = 600_000

exitWithParent(limit)
const task = JSON.parse(process.argv[2]!) as TrialTask
openLog(task.kind)(`${task.engine} with ${JSON.stringify(task.execution)}`)
try {
  await perform(task)
  send({ done: true })
} catch (error) {
  send({ error: factOf(error) })
}
process.disconnect?.()

async function perform(task: TrialTask): Promise<void> {
  const { kind, execution } = task
  const engine = findEngine(task.engine)
  if (kind === 'self-test') send({ selfTest: await selfTest(engine, execution) })
  else if (kind === 'benchmark') await measureSteps(engine, execution, task.shape, (step) => send({ step }))
  else await predictOnce(engine, execution)
}

function send(message: TrialMessage): void {
  process.send?.(message)
}
