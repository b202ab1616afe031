import { reportOf } from '../base/errors.ts'
import { measureSteps, type CalibrationTask } from './calibrationSteps.ts'
import { keepOnLeash } from './leash.ts'
import { ownLimit } from './ownProcess.ts'

/** `node calibrationProcess.ts TASK`: sends each step's times to its parent, or `{ error }`. */
keepOnLeash(ownLimit)
const task = JSON.parse(process.argv[2]!) as CalibrationTask
try {
  await measureSteps(task, (step) => process.send?.({ step }))
} catch (error) {
  process.send?.({ error: reportOf(error) })
}
process.disconnect?.()
