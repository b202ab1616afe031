import { describe, it } from 'vitest'
import { tensorflowEngine } from '../../core/engine/tensorflow/engine.ts'
import { describeConformance } from './conformance.ts'

const [cpu] = (await tensorflowEngine.devices()).filter(({ id }) => id === 'cpu')

if (cpu?.usable) describeConformance(tensorflowEngine, { device: 'cpu', precision: 'fp32', threads: 2 })
else
  describe('tensorflow on cpu', () =>
    it.skip(`runs the conformance suite (skipped: ${cpu?.reason})`, () => {}))
