import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import {
  suspectLines,
  suspectSources,
  suspectsOf,
  trainedBefore,
} from '../../core/jobs/statistics/suspects.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio(3, 24)
/** Two pictures of the first class lie among the second's. */
let [first, second] = ['', '']

beforeAll(async () => {
  const { context, folder } = studio
  ;[first, second] = readdirSync(join(folder, 'train')) as [string, string]
  for (const name of readdirSync(join(folder, 'train', first)).slice(0, 2)) {
    cpSync(join(folder, 'train', first, name), join(folder, 'train', second, `x-${name}`))
    rmSync(join(folder, 'train', first, name))
  }
  const optimization = { ...tinyRecipe.optimization, epochs: 15, learningRate: 0.005 }
  await trainRun(context, { dataset: folder, recipe: { ...tinyRecipe, optimization } })
  await evaluateRun(context, { run: 'r1', split: 'train' })
  await evaluateRun(context, { run: 'r1' })
}, 60_000)

test('pictures in the wrong folder are suspects of the run that learned from them, with the class that is right', async () => {
  const { context } = studio
  const found = await suspectsOf(context, { of: 'r1', most: 100 })
  expect(found).toMatchObject({
    by: 'training',
    run: 'r1',
    dataset: 'd1',
    images: 72,
    times: 15,
    evaluation: null,
  })
  const { classes } = found
  const wrong = found.suspects.filter(({ path }) => path.includes('/x-'))
  expect(wrong).toHaveLength(2)
  for (const one of wrong) {
    expect([classes[one.label], classes[one.suggested]]).toEqual([second, first])
    expect(one.margin).toBeLessThan(0)
    expect(one.loss).toBeGreaterThan(Math.LN2)
    expect(context.registry.pages.image('d1', one.position)!.path).toBe(one.path)
  }
  const margins = found.suspects.map(({ margin }) => margin)
  expect(margins).toEqual(margins.toSorted((a, b) => a - b))
  const short = await suspectsOf(context, { of: 'r1', most: 1 })
  expect([short.total, short.suspects]).toEqual([found.total, found.suspects.slice(0, 1)])
})

test('of an evaluation they are by confident learning, and as lines they have names', async () => {
  const { context } = studio
  const found = await suspectsOf(context, { of: 'e1', most: 100 })
  expect(found).toMatchObject({ by: 'evaluation', run: 'r1', evaluation: 'e1', images: 72, times: null })
  const lines = suspectLines(found)
  expect(lines[0]).toEqual(['path', 'split', 'label', 'suggested', 'margin', 'loss'])
  for (const [index, one] of found.suspects.entries()) {
    expect(one.margin).toBeLessThan(0)
    expect(lines[index + 1]!.slice(0, 4)).toEqual([
      one.path,
      'train',
      found.classes[one.label],
      found.classes[one.suggested],
    ])
  }
})

test('what can judge a version is listed; and what was trained before on an earlier one', async () => {
  const { context } = studio
  expect(suspectSources(context, 'd1').map(({ of, split }) => [of, split])).toEqual([
    ['r1', 'train'],
    ['e2', 'test'],
    ['e1', 'train'],
  ])
  expect(trainedBefore(context, 'd1')).toBeNull()
  const { registry } = context
  const manifest = registry.datasets.manifest('d1')
  const { id } = registry.datasets.succeed('d1', manifest, registry.datasets.get('d1').options)
  expect(suspectSources(context, id)).toEqual([])
  expect(trainedBefore(context, id)).toEqual({
    run: 'r1',
    runName: expect.any(String) as string,
    version: 1,
    again: null,
  })
})

test('a run that has trained nothing is refused with what helps', async () => {
  const { context } = studio
  const run = context.registry.runs.create({ suggestion: 'none', dataset: 'd1', recipe: tinyRecipe })
  await expect(suspectsOf(context, { of: run.id, most: 1 })).rejects.toMatchObject({ code: 'no-checkpoint' })
  await expect(suspectsOf(context, { of: 'r99', most: 1 })).rejects.toMatchObject({ code: 'not-found' })
})
