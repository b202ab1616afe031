import { describe, expect, it } from 'vitest'
import { cpuProvider } from '../../../core/engine/onnxruntime/providers.ts'
import { openTrainer } from '../../../core/engine/onnxruntime/trainer.ts'
import { fixtureNames, readFixture, wholeBatch, worst } from '../fixtures.ts'

/** Graphs as GPU providers take them, run by the CPU's. */
const provider = { ...cpuProvider, dialect: 'portable' } as const

describe('Graphs for GPU providers, run on the CPU', () => {
  it.each(fixtureNames('primitives'))('have PyTorch’s loss and gradients: %s', async (name) => {
    const fixture = await readFixture('primitives', name)
    const trainer = await openTrainer(fixture.network, fixture.initial, { threads: 2 }, provider)
    const { loss } = await trainer.accumulate(wholeBatch(fixture))
    expect(Math.abs(loss / fixture.scalar('loss') - 1)).toBeLessThan(1e-4)
    await trainer.apply({ learningRate: 0, momentum: 0, weightDecay: 0 })
    const { momentum } = await trainer.state()
    expect(worst(momentum, fixture.group('gradient')).error).toBeLessThan(1e-4)
    await trainer.dispose()
  })
})
