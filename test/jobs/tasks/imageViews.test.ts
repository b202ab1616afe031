import { resolve } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { evaluateRun } from '../../../core/jobs/evaluate.ts'
import { scoresOfEvaluation } from '../../../core/jobs/statistics/scores.ts'
import { denseMap } from '../../../core/jobs/tasks/denseMap.ts'
import { imageViews } from '../../../core/jobs/tasks/imageViews.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()

beforeAll(async () => {
  const { context, folder } = studio
  await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  await evaluateRun(context, { run: 'r1', views: 'both', scales: [36, 40] })
}, 60_000)

function firstImage() {
  const { registry } = studio.context
  const row = registry.evaluations.get('e1')
  const { root, images } = registry.datasets.manifest('d1')
  const scores = scoresOfEvaluation(studio.context, row)
  const image = resolve(root, images[scores.positions[0]!]!.path)
  return { image, scores, protocol: row.result.protocol }
}

test('what the views of an image say has the mean that its evaluation has, and each tells what it sees', async () => {
  const { image, scores, protocol } = firstImage()
  const { views, top } = await imageViews(studio.context, { run: 'r1', checkpoint: 'best', protocol, image })
  // 25 crops and a whole image at each of two scales, each mirrored too.
  expect(views).toHaveLength(2 * (25 + 1) * 2)
  for (const { label, probability } of top) expect(probability).toBeCloseTo(scores.probabilities[label]!, 5)
  expect(new Set(views.map(({ outline }) => outline)).size).toBe(52)
  expect(views.filter(({ mirror }) => mirror)).toHaveLength(52)
  expect(views.filter(({ form }) => form === 'dense')).toHaveLength(4)
  for (const view of views) expect(view.top[0]!.probability).toBeGreaterThanOrEqual(1 / 3)
})

test('a dense map has a probability at each place; where one crop is the whole image, it is the crop’s', async () => {
  const { image } = firstImage()
  const input = { run: 'r1', image, explained: 1 }
  const large = await denseMap(studio.context, { ...input, scale: 96 })
  expect([large.width, large.height]).toEqual([3, 3])
  expect(large.values).toHaveLength(9)
  for (const value of large.values) expect(value).toSatisfy((one: number) => one >= 0 && one <= 1)
  const one = await denseMap(studio.context, { ...input, scale: 32 })
  expect([one.width, one.height]).toEqual([1, 1])
  const protocol = { views: 'center', scales: [32], flips: false, crop: 32, mode: 'crop' } as const
  const { top } = await imageViews(studio.context, { run: 'r1', checkpoint: 'best', protocol, image })
  expect(one.values[0]).toBeCloseTo(top.find(({ label }) => label === 1)!.probability, 5)
})

test('a file that is no image is refused, naming what is wrong', async () => {
  const { protocol } = firstImage()
  const asked = imageViews(studio.context, {
    run: 'r1',
    checkpoint: 'best',
    protocol,
    image: import.meta.filename,
  })
  await expect(asked).rejects.toMatchObject({ code: 'not-an-image' })
})
