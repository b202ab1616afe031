import { describe, expect, it } from 'vitest'
import { permutation, random } from '../../../core/base/random.ts'
import type { Tensors } from '../../../core/base/tensor.ts'
import { countCorrect } from '../../../core/engine/targets.ts'
import { tensorflowEngine } from '../../../core/engine/tensorflow/engine.ts'
import type { Precision } from '../../../core/engine/types.ts'
import { wilsonInterval } from '../../../core/evaluation/metrics.ts'
import { initialize } from '../../../core/network/initialize.ts'
import { pick, testImages, trainingImages, type Images } from './fashionMnist.ts'
import { buildVgg, vggDefaults } from '../../network/build.ts'
import { whyUnusable } from '../../say.ts'

// Batch normalization and no dropout: without them rounding alone, of 1e-6, leads fp32 as far astray.
const network = buildVgg({
  ...vggDefaults,
  config: 'A',
  classes: 10,
  crop: 32,
  fcWidth: 64,
  widthMultiplier: 1 / 8,
  batchNorm: true,
  dropout: 0,
})
const steps = 200
const batch = 32
const window = 20

/** How far the loss in bf16 may be from that in fp32: mean over 20 steps, of both. */
const band = 0.1

async function train(precision: Precision, data: Images): Promise<{ losses: number[]; weights: Tensors }> {
  const initial = { weights: initialize(network, 'he', 1), momentum: new Map() }
  const trainer = await tensorflowEngine.trainer(network, initial, { device: 'cpu', precision, threads: 2 })
  const losses: number[] = []
  const epochSteps = Math.floor(data.labels.length / batch)
  for (let step = 0; step < steps; step++) {
    const order = permutation(data.labels.length, random(1, Math.floor(step / epochSteps)))
    const start = (step % epochSteps) * batch
    const { images, labels } = pick(data, [...order.subarray(start, start + batch)])
    const weights = new Float32Array(batch).fill(1 / batch)
    losses.push((await trainer.accumulate({ images, labels, weights, dropoutSeed: [1, step] })).loss)
    const learningRate = step < 140 ? 0.005 : 0.0005
    await trainer.apply({ learningRate, momentum: 0.9, weightDecay: 5e-4 })
  }
  const { weights } = await trainer.state()
  await trainer.dispose()
  return { losses, weights }
}

async function errors(precision: Precision, weights: Tensors, { images, labels }: Images): Promise<number> {
  const predictor = await tensorflowEngine.predictor(network, weights, {
    device: 'cpu',
    precision,
    threads: 2,
  })
  const { data } = await predictor.logits(images)
  await predictor.dispose()
  return labels.length - countCorrect(data, labels)
}

function means(values: readonly number[]): number[] {
  return Array.from({ length: values.length / window }, (_, part) => {
    const own = values.slice(part * window, (part + 1) * window)
    return own.reduce((sum, value) => sum + value, 0) / window
  })
}

const [cpu] = await tensorflowEngine.devices()
const reason = cpu?.usable ? 'this processor has no bf16' : whyUnusable(cpu)
const there = cpu?.usable && cpu.precisions.includes('bf16')

describe('bf16 on the CPU', () => {
  if (!there) return it.skip(`(skipped: ${reason})`, () => {})

  it('trains as fp32 does: the loss step by step, and the accuracy on 2,000 test images', async () => {
    const data = await trainingImages()
    const [exact, mixed] = [await train('fp32', data), await train('bf16', data)]
    const [expected, found] = [means(exact.losses), means(mixed.losses)]
    found.forEach((loss, part) => expect(Math.abs(loss - expected[part]!), `part ${part}`).toBeLessThan(band))
    // It has learned, and it was not fp32 by another name.
    expect(found.at(-1)).toBeLessThan(0.5)
    expect(mixed.losses).not.toEqual(exact.losses)

    const test = testImages()
    const count = test.labels.length
    expect(count).toBe(2000)
    const interval = wilsonInterval(await errors('fp32', exact.weights, test), count)
    const share = (await errors('bf16', mixed.weights, test)) / count
    expect(share).toBeGreaterThanOrEqual(interval.low)
    expect(share).toBeLessThanOrEqual(interval.high)
  })
})
