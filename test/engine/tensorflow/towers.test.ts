import { describe, expect, it } from 'vitest'
import { loadBinding } from '../../../core/engine/tensorflow/binding.ts'
import { tensorflowEngine } from '../../../core/engine/tensorflow/engine.ts'
import { openTrainer } from '../../../core/engine/tensorflow/trainer.ts'
import type { Batch, State } from '../../../core/engine/types.ts'
import { readFixture, worst, type Fixture } from '../fixtures.ts'
import { whyUnusable } from '../../say.ts'

const [cpu] = await tensorflowEngine.devices()

/** The first images of the fixture's, weighted as a batch of their own. */
function batchOf({ images, labels }: Fixture, count: number, step: number): Batch {
  const [, ...shape] = images.shape
  const size = images.data.length / labels.length
  return {
    images: { shape: [count, ...shape], data: images.data.subarray(0, count * size) },
    labels: labels.subarray(0, count),
    weights: new Float32Array(count).fill(1 / count),
    dropoutSeed: [5, step],
  }
}

/** Three steps, of all images but the last time, with as many towers on the CPU. */
async function train(
  fixture: Fixture,
  towers: number,
): Promise<{ losses: number[]; correct: number[]; state: State }> {
  const options = {
    precision: 'fp32',
    towers: Array.from({ length: towers }, () => '/device:CPU:0'),
  } as const
  const trainer = openTrainer(loadBinding(2), fixture.network, fixture.initial, options, cpu!)
  const losses: number[] = []
  const correct: number[] = []
  for (const [step, count] of [4, 4, 1].entries()) {
    for (const micro of [0, 1]) {
      const result = await trainer.accumulate(batchOf(fixture, count, 2 * step + micro))
      losses.push(result.loss)
      correct.push(result.correct)
    }
    await trainer.apply({ learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 })
  }
  const state = await trainer.state()
  await trainer.dispose()
  return { losses, correct, state }
}

describe('towers', () => {
  if (!cpu?.usable) return it.skip(`(skipped: ${whyUnusable(cpu)})`, () => {})

  it.each([2, 3])('%i of them train as one does, with fewer images than towers too', async (towers) => {
    const fixture = await readFixture('networks', 'A')
    const [one, several] = [await train(fixture, 1), await train(fixture, towers)]
    one.losses.forEach((loss, step) => expect(Math.abs(several.losses[step]! / loss - 1)).toBeLessThan(1e-5))
    expect(several.correct).toEqual(one.correct)
    expect(worst(several.state.weights, one.state.weights).error).toBeLessThan(1e-5)
    expect(worst(several.state.momentum, one.state.momentum).error).toBeLessThan(1e-5)
  })
})
