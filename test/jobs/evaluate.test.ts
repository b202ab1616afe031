import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readRows } from '../../core/evaluation/storedProbabilities.ts'
import { combineEvaluations } from '../../core/jobs/ensemble.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { probabilitiesPath } from '../../core/jobs/evaluation/evaluationFiles.ts'
import { runFolder } from '../../core/jobs/context/home.ts'
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

test('full probabilities are kept; ensembles are made of them; what was interrupted continues', async () => {
  const { context, folder } = studio
  const { run } = await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  const files = (): string[] => readdirSync(join(runFolder(context.home, run), 'evaluations'))

  const first = await evaluateRun(context, { run, split: 'train' })
  expect(files()).toEqual([`${first.evaluation}.probabilities`])
  const rows = [...readRows(probabilitiesPath(context.home, run, first.evaluation))]
  expect(rows).toHaveLength(first.images)
  const mean = rows.reduce((sum, { logProbability }) => sum - logProbability / rows.length, 0)
  expect(mean).toBeCloseTo(first.loss, 10)
  expect(first.source?.splitHash).toMatch(/^[0-9a-f]{64}$/)

  const second = await evaluateRun(context, { run, split: 'train', flips: true })
  const ensemble = await combineEvaluations(context, [first.evaluation, second.evaluation])
  expect(ensemble.images).toBe(first.images)
  expect(context.registry.ensembles.get(ensemble.ensemble).members).toEqual(ensemble.members)
  await expect(combineEvaluations(context, [first.evaluation, 'e999'])).rejects.toThrow(/e999/)

  const abort = new AbortController()
  const notices: string[] = []
  const emit = (event: object): void => {
    if ('code' in event) notices.push(String(event.code))
    if ('done' in event) abort.abort()
  }
  const asked = { run, split: 'train', scales: [48] } as const
  const broken = evaluateRun({ ...context, emit, signal: abort.signal }, asked)
  await expect(broken).rejects.toMatchObject({ code: 'canceled' })
  expect(files().filter((name) => name.endsWith('.unfinished'))).toHaveLength(1)
  expect(files().filter((name) => name.endsWith('.lock'))).toEqual([])
  const resumed = await evaluateRun(
    { ...context, emit: (event: object) => 'code' in event && notices.push(String(event.code)) },
    asked,
  )
  expect(notices).toContain('evaluation-resumed')
  expect(resumed.images).toBe(first.images)
  const unbroken = await evaluateRun(context, asked)
  expect(resumed.loss).toBeCloseTo(unbroken.loss, 5)
})
