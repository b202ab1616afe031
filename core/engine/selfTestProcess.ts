import { reportOf } from '../base/errors.ts'
import { openLog } from '../base/log.ts'
import { findEngine } from './index.ts'
import { keepOnLeash } from './leash.ts'
import { ownLimit } from './ownProcess.ts'
import { selfTest } from './selfTest.ts'
import type { EngineName, Precision } from './types.ts'

/** `node selfTestProcess.ts ENGINE DEVICE PRECISION`: sends `{ selfTest }` or `{ error }` to its parent. */
keepOnLeash(ownLimit)
const [engine, device, precision] = process.argv.slice(2) as [EngineName, string, Precision]
openLog('self-test')(`${engine} on ${device}, ${precision}`)
try {
  process.send?.({ selfTest: await selfTest(findEngine(engine), { device, precision }) })
} catch (error) {
  process.send?.({ error: reportOf(error) })
}
process.disconnect?.()
