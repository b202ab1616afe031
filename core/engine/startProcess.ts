import { messageOf } from '../base/errors.ts'
import { openLog } from '../base/log.ts'
import { initialize } from '../network/initialize.ts'
import { buildNetwork, networkSpec } from '../network/architectures/index.ts'
import { findEngine } from './index.ts'
import { keepOnLeash } from './leash.ts'
import { noiseBatch } from './noise.ts'
import { ownLimit } from './ownProcess.ts'
import type { EngineName, ExecutionOptions } from './types.ts'

/** `node startProcess.ts ENGINE EXECUTION`: sends `{ failure }` to its parent, null where a predictor answered. */
keepOnLeash(ownLimit)
const [engine, execution] = process.argv.slice(2) as [EngineName, string]
const spec = networkSpec({ config: 'A', fcWidth: 8, widthMultiplier: 1 / 16 })
const network = buildNetwork({ ...spec, classes: 2, crop: 32 })
openLog('start')(`${engine} with ${execution}`)
try {
  const weights = initialize(network, 'he', 0)
  const options = JSON.parse(execution) as ExecutionOptions
  const predictor = await findEngine(engine).predictor(network, weights, options)
  await predictor.logits(noiseBatch(network, 1).images)
  await predictor.dispose()
  process.send?.({ failure: null })
} catch (error) {
  process.send?.({ failure: messageOf(error) })
}
process.disconnect?.()
