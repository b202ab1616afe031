import { beforeAll, expect, test, vi } from 'vitest'
import { compareRuns } from '../../core/queries/compare.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from '../jobs/small.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()
const runs = ['r1', 'r2']

beforeAll(async () => {
  const { context, folder } = studio
  await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  await trainRun(context, { dataset: 'd1', recipe: { ...tinyRecipe, seed: 1 } })
})

test('a run whose recipe names no family is of the one that its network belongs to', async () => {
  const { context } = studio
  const { recipe, dataset, ...rest } = context.registry.runs.get('r1')
  const { network, ...others } = recipe as { network: object }
  const { family, ...old } = network as { family: string }
  expect(family).toBe('vgg')
  const { id } = context.registry.runs.create({
    suggestion: 'old',
    dataset: dataset!,
    recipe: { ...others, network: old },
    isTaken: () => false,
  })
  expect(rest.id).toBe('r1')
  expect(compareRuns(context, { runs: ['r1', id] }).settings).toEqual([])
})

test('runs are compared by one protocol, and by each one’s own only where they have none in common', async () => {
  const { context } = studio
  expect(compareRuns(context, { runs }).evaluations).toEqual([])
  await evaluateRun(context, { run: 'r1', scales: [36] })
  await evaluateRun(context, { run: 'r2', scales: [40], split: 'validation' })
  expect(compareRuns(context, { runs }).evaluations).toEqual([])

  await evaluateRun(context, { run: 'r2', scales: [40] })
  const [own, ...others] = compareRuns(context, { runs }).evaluations
  expect(others).toEqual([])
  expect(own).toMatchObject({ split: 'test', evaluations: ['e1', 'e3'] })
  expect(own!.protocolText).toBe('Center crop 32, scale 36; Center crop 32, scale 40')
  expect(own!.classes).toHaveLength(3)

  await evaluateRun(context, { run: 'r2', scales: [36] })
  await evaluateRun(context, { run: 'r2', scales: [36] })
  expect(compareRuns(context, { runs }).evaluations).toMatchObject([
    { protocolText: 'Center crop 32, scale 36', evaluations: ['e1', 'e5'] },
  ])
})
