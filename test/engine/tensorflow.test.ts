import { describe, it } from 'vitest'
import { tensorflowEngine } from '../../core/engine/tensorflow/engine.ts'
import { describeConformance } from './conformance.ts'
import { whyUnusable } from '../say.ts'

for (const { id: device, usable, reason } of await tensorflowEngine.devices()) {
  if (usable) describeConformance(tensorflowEngine, { device, precision: 'fp32', threads: 2 })
  else if (device === 'cpu' && process.env['CI'])
    throw new Error(`CI may not skip TensorFlow: ${whyUnusable({ reason })}`)
  else
    describe(`tensorflow on ${device}`, () =>
      it.skip(`runs the conformance suite (skipped: ${whyUnusable({ reason })})`, () => {}))
}
