import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openContext, type JobContext } from '../../core/jobs/context.ts'
import { chooseParent } from '../../core/jobs/parent.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import { remove, smallFolder, temporaryFolder, tinyRecipe } from '../server/support.ts'

vi.setConfig({ testTimeout: 60_000 })

let folder: string
let home: string
let context: JobContext

beforeAll(async () => {
  folder = smallFolder()
  home = temporaryFolder()
  context = openContext({ home })
  const optimization = { ...tinyRecipe.optimization, epochs: 2 }
  const recipe = { ...tinyRecipe, optimization, checkpoints: { every: 1 } }
  await trainRun(context, { dataset: folder, recipe, name: 'parent' })
})
afterAll(() => {
  context.registry.close()
  remove(folder, home)
})

const starting = (from: object) => {
  const asked = { ...tinyRecipe, initialization: { from } }
  return chooseParent(context, parseRecipe(asked), asked)
}

test('a run starts from the checkpoint that is named, and from the best where none is', async () => {
  const epochOf = async (from: object) => (await starting(from)).parent!.checkpoint.position.epoch
  expect(await epochOf({ run: 'r1', checkpoint: 'epoch-1' })).toBe(1)
  expect(await epochOf({ run: 'r1', checkpoint: 'last' })).toBe(2)
  const best = context.registry.checkpoints.list('r1').find(({ kind }) => kind === 'best')!
  expect(await epochOf({ run: 'parent' })).toBe(best.epoch)
  await expect(starting({ run: 'r1', checkpoint: 'epoch-9' })).rejects.toMatchObject({
    code: 'no-checkpoint',
    hint: expect.stringContaining('epoch-1'),
  })
})

test('what it started from stands in its recipe by id, with the mode that was usual', async () => {
  const { recipe, parent } = await starting({ run: 'parent', checkpoint: 'last' })
  expect(recipe.initialization.from).toEqual({ run: 'r1', checkpoint: 'last', mode: 'matching' })
  expect(parent!.mode).toBe('matching')
})

test('layers that are held back are spoken of where nothing trained is in them', async () => {
  const noticesOf = async (optimization: object, from: object | null = null) => {
    const codes: string[] = []
    const emit: JobContext['emit'] = (event) => {
      if (event.event === 'notice') codes.push(event.code)
    }
    const asked = { ...tinyRecipe, optimization, initialization: { from } }
    await chooseParent({ ...context, emit }, parseRecipe(asked), asked)
    return codes
  }
  expect(await noticesOf({ frozen: 'features' })).toEqual(['random-held-back'])
  expect(await noticesOf({ rateFactors: { features: 0.1 } })).toEqual(['random-held-back'])
  expect(await noticesOf({ rateFactors: { classifier: 10 } })).toEqual([])
  expect(await noticesOf({ frozen: 'features' }, { run: 'parent' })).toEqual([])
})
