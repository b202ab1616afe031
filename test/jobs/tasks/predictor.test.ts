import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPredictor } from '../../../core/jobs/tasks/predictor.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { smallStudio } from '../small.ts'
import { tinyRecipe } from '../../server/support.ts'

const studio = smallStudio(2, 8)

test('a network that is kept open for predictions keeps no copy of its weights, nor their momentum', async () => {
  const { context, folder } = studio
  // 15 million weights in its linear layers, 60 MB.
  const network = { ...tinyRecipe.network, fcWidth: 3800 }
  const { run } = await trainRun(context, { dataset: folder, recipe: { ...tinyRecipe, network } })
  const [name] = readdirSync(folder)
  const [picture] = readdirSync(join(folder, name!))
  const images = [join(folder, name!, picture!)]

  const { predict } = openPredictor(context)
  const before = process.memoryUsage().arrayBuffers
  const first = await predict({ run, images })
  expect((process.memoryUsage().arrayBuffers - before) / 1e6).toBeLessThan(30)
  // What is kept open still predicts.
  expect(await predict({ run, images })).toEqual(first)
})
