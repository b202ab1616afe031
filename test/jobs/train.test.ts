import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { trainRun } from '../../core/jobs/train.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()

test('a run keeps its decoded images for the next, whose losses do not depend on them', async () => {
  const { context, folder } = studio
  const kept = (): readonly string[] =>
    readdirSync(context.home.images, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.rgb'),
    )
  const losses = async (): Promise<readonly number[]> =>
    (await trainRun(context, { dataset: folder, recipe: tinyRecipe })).epochs.map(
      ({ trainingLoss }) => trainingLoss,
    )
  const first = await losses()
  const { images } = context.registry.datasets.manifest('d1')
  expect(kept()).toHaveLength(images.filter(({ split }) => split !== 'test').length)
  expect(await losses()).toEqual(first)

  // Of any age and in any state, they may go.
  for (const name of kept().slice(0, 3)) writeFileSync(join(context.home.images, name), 'torn')
  expect(await losses()).toEqual(first)
  rmSync(context.home.cache, { recursive: true })
  expect(await losses()).toEqual(first)
})
