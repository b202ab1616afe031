import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()

test('predictions and failures name images by their place in the data set, whatever split is evaluated', async () => {
  const { context, folder } = studio
  const { run, dataset } = await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  const { images, root } = context.registry.datasets.manifest(dataset)
  const broken = images.findIndex(({ split, label }) => split === 'test' && label === 1)
  writeFileSync(join(root, images[broken]!.path), 'no image any more')

  const told = await evaluateRun(context, { run, split: 'test' })
  expect(told.failures).toEqual([
    expect.objectContaining({ item: broken, path: join(root, images[broken]!.path) }),
  ])
  const stored = context.registry.evaluations.get(told.evaluation).result
  expect(stored.failures.map(({ item }) => item)).toEqual([broken])
  const tested = [...images.keys()].filter((index) => images[index]!.split === 'test' && index !== broken)
  expect(context.registry.evaluations.predictions(told.evaluation).map(({ item }) => item)).toEqual(tested)
})
