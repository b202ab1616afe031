import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openContext, type JobContext } from '../../core/jobs/context.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { remove, smallFolder, temporaryFolder, tinyRecipe } from '../server/support.ts'

vi.setConfig({ testTimeout: 60_000 })

let folder: string
let home: string
let context: JobContext

beforeAll(() => {
  folder = smallFolder()
  home = temporaryFolder()
  context = openContext({ home })
})
afterAll(() => {
  context.registry.close()
  remove(folder, home)
})

const kept = (): readonly string[] =>
  readdirSync(context.home.images, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.rgb'),
  )

test('a run keeps its decoded images for the next, whose losses do not depend on them', async () => {
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
