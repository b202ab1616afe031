import { expect, test } from 'vitest'
import type { Predictor } from '../../core/engine/types.ts'
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
  })
})

test('A network that says the same of all classes is right for one of them', async () => {
  const result = await run([0, 0, 0, 0])
  expect(result).toEqual({ loss: expect.closeTo(Math.log(4), 6), top1Error: 0.75, top5Error: null })
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
