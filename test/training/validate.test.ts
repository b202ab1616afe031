import { expect, test } from 'vitest'
import { random } from '../../core/base/random.ts'
import { countCorrect, rankOf } from '../../core/engine/targets.ts'
import type { Predictor } from '../../core/engine/types.ts'
import { ranking, topError } from '../../core/evaluation/metrics.ts'
import type { ImagePrediction } from '../../core/evaluation/types.ts'
import { validate } from '../../core/training/validate.ts'
import { statistics, syntheticItems, syntheticLoader } from './samples.ts'

/** Says the same of every image. */
const predictor = (logits: readonly number[]): Predictor => ({
  logits: async ({ shape }) => ({
    shape: [shape[0]!, logits.length],
    data: Float32Array.from(
      { length: shape[0]! * logits.length },
      (_, index) => logits[index % logits.length]!,
    ),
  }),
  dispose: async () => undefined,
})

const run = (logits: readonly number[], items = syntheticItems(12, logits.length)) =>
  validate({
    predictor: predictor(logits),
    loader: syntheticLoader({ items, normalization: statistics, threads: 1 }),
    view: { kind: 'center', scale: 32, crop: 32, mode: 'crop' },
    microBatch: 5,
    stop: undefined,
    onBatch: () => undefined,
  })

test('Loss is the mean of −ln softmax, and errors count the labels that are not among the first', async () => {
  const logits = [3, 2, 1, 0, -1, -2]
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
  const loss = logits.reduce((sum, logit) => sum + Math.log(total) - logit, 0) / 6
  expect(await run(logits)).toEqual({
    loss: expect.closeTo(loss, 6),
    top1Error: expect.closeTo(5 / 6, 12),
    top5Error: expect.closeTo(1 / 6, 12),
    images: 12,
  })
})

test('A network that says the same of all classes is wrong about every image, as in evaluation and training', async () => {
  const result = await run([0, 0, 0, 0])
  expect(result).toEqual({ loss: expect.closeTo(Math.log(4), 6), top1Error: 1, top5Error: null, images: 12 })
  const labels = Int32Array.of(0, 1, 2, 3)
  expect(countCorrect(new Float32Array(16), labels)).toBe(0)
  const predictions = Array.from(labels, (label) => ({
    ...{ item: { path: '', label }, label, probability: 0.25 },
    top: ranking([0.25, 0.25, 0.25, 0.25], 5, label),
  }))
  expect(topError(predictions as unknown as readonly ImagePrediction[], 1)).toBe(1)
})

test('Training, validation and evaluation agree on every ranking, ties included', () => {
  const draw = random(25)
  for (let trial = 0; trial < 500; trial++) {
    const scores = Float32Array.from({ length: 7 }, () => Math.floor(4 * draw.uniform()))
    const label = Math.floor(7 * draw.uniform())
    const place = ranking(scores, 7, label).findIndex((entry) => entry.label === label)
    expect(rankOf(scores, label)).toBe(place)
    expect(countCorrect(scores, Int32Array.of(label))).toBe(place === 0 ? 1 : 0)
  }
})

test('Large logits do not overflow', async () => {
  expect((await run([1000, 0]))!.loss).toBeCloseTo(500, 6)
})

test('Images that cannot be read do not count', async () => {
  const items = [...syntheticItems(4, 2), ...syntheticItems(3, 1, 'broken')]
  expect((await run([1, 0], items))!.top1Error).toBe(0.5)
  await expect(run([1, 0], syntheticItems(3, 2, 'broken'))).rejects.toMatchObject({
    code: 'unreadable-images',
  })
})
