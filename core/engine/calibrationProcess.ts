import { reportOf } from '../base/errors.ts'
import { openLog } from '../base/log.ts'
import { measureSteps, type CalibrationTask } from './calibrationSteps.ts'
import { keepOnLeash } from './leash.ts'
import { ownLimit } from './ownProcess.ts'

/** `node calibrationProcess.ts TASK`: sends each step's times to its parent, or `{ error }`. */
keepOnLeash(ownLimit)
const task = JSON.parse(process.argv[2]!) as CalibrationTask
const log = openLog('calibration')
log(`${task.candidate.engine} on ${task.candidate.device}, ${task.candidate.precision}`)
try {
  await measureSteps(task, (step) => {
    log(`step of ${Math.round(1000 * (step.accumulate + step.apply))} ms`)
    process.send?.({ step })
  })
} catch (error) {
  process.send?.({ error: reportOf(error) })
}
process.disconnect?.()
