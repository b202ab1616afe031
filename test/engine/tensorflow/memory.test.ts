import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadBinding } from '../../../core/engine/tensorflow/binding.ts'
import { tensorflowEngine } from '../../../core/engine/tensorflow/engine.ts'
import { readFixture } from '../fixtures.ts'
import type { Sample } from './memoryProcess.ts'
import { whyUnusable } from '../../say.ts'

const [cpu] = await tensorflowEngine.devices()

async function samplesOf(precision: string): Promise<readonly Sample[]> {
  const program = fileURLToPath(new URL('memoryProcess.ts', import.meta.url))
  const child = fork(program, [precision], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const [samples] = (await once(child, 'message')) as [Sample[]]
  return samples
}

/** Least squares: bytes per step. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const [step, memory] = [mean((sample) => sample.step), mean((sample) => sample.memory)]
  return (
    mean((sample) => (sample.step - step) * (sample.memory - memory)) /
    mean((sample) => (sample.step - step) ** 2)
  )
}

describe('memory', () => {
  if (!cpu?.usable) return it.skip(`(skipped: ${whyUnusable(cpu)})`, () => {})

  it.each(cpu.precisions)('neither tensors nor bytes gather while it trains in %s', async (precision) => {
    const samples = (await samplesOf(precision)).filter(({ step }) => step >= 100)
    expect(new Set(samples.map(({ tensors }) => tensors))).toEqual(new Set([0]))
    // A step's inputs are 110 kB, one image of them 12 kB. Allocators take jumps of 128 KiB, a few at the beginning.
    expect(slope(samples)).toBeLessThan(10_000)
  })

  it('is given back when trainers and predictors are disposed of, and after a run that failed', async () => {
    const fixture = await readFixture('primitives', 'linear')
    const binding = loadBinding(2)
    const trainer = await tensorflowEngine.trainer(fixture.network, fixture.initial)
    const predictor = await tensorflowEngine.predictor(fixture.network, fixture.initial.weights)
    expect(binding.getNumOfSavedModels()).toBe(2)
    await expect(predictor.logits({ shape: [1, 3, 5, 5], data: new Float32Array(75) })).rejects.toMatchObject(
      {
        code: 'engine-failed',
      },
    )
    await trainer.dispose()
    await predictor.dispose()
    expect(binding.getNumOfSavedModels()).toBe(0)
    expect(binding.getNumOfTensors()).toBe(0)
  })
})
