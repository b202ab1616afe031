import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openSpeeds } from '../../core/engine/selection/speeds.ts'
import { openContext } from '../../core/jobs/context/context.ts'
import type { JobEvent } from '../../core/jobs/recording/events.ts'
import { showRun } from '../../core/queries/show.ts'
import { resumeRun } from '../../core/jobs/resume.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { remove, temporaryFolder, tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'
import { english } from '../../core/messages/en/index.ts'
import { shown } from '../../core/messages/shown.ts'

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

  // They may go at any age and in any state.
  for (const name of kept().slice(0, 3)) writeFileSync(join(context.home.images, name), 'torn')
  expect(await losses()).toEqual(first)
  rmSync(context.home.cache, { recursive: true })
  expect(await losses()).toEqual(first)
})

test('a run whose last checkpoint is damaged resumes from the newest that is whole, and says what is done again', async () => {
  const { context, folder } = studio
  const recipe = {
    ...tinyRecipe,
    optimization: { ...tinyRecipe.optimization, epochs: 4 },
    checkpoints: { every: 1 },
  }
  const whole = await trainRun(context, { dataset: folder, recipe })
  const stop = new AbortController()
  const stopping = openContext({
    home: context.home.folder,
    signal: stop.signal,
    emit: (event) => void (event.event === 'epoch' && event.epoch === 3 && stop.abort()),
  })
  const { run, status, checkpoints } = await trainRun(stopping, { dataset: folder, recipe })
  stopping.registry.close()
  expect(status).toBe('stopped')
  const damage = (path: string): void => {
    // A file of its own: the others may be the same under another name.
    rmSync(path, { force: true })
    writeFileSync(path, 'torn')
  }
  for (const path of [checkpoints.last, checkpoints.best!, ...checkpoints.epochs.slice(1)]) damage(path)

  const said: JobEvent[] = []
  const resuming = openContext({ home: context.home.folder, emit: (event) => void said.push(event) })
  const resumed = await resumeRun(resuming, { run })
  resuming.registry.close()
  expect(
    shown(
      said.find(({ event }) => event === 'warning'),
      english,
    ),
  ).toMatchObject({
    code: 'damaged-checkpoint',
    message: expect.stringMatching(
      /last\.safetensors .* resumes from epoch-1\.safetensors, after epoch 1: 2 epochs are done again\. best\.safetensors was damaged too/,
    ) as string,
  })
  const losses = ({ epochs }: typeof whole) => epochs.map(({ trainingLoss }) => trainingLoss)
  expect(losses(resumed)).toEqual(losses(whole))
})

test('the recipe of a run says the micro-batch that it began with, which was its to choose', async () => {
  const { context, folder } = studio
  const { run } = await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  const { recipe, execution, firstMicroBatch } = showRun(context, { run })
  expect(recipe).toMatchObject({ optimization: { batchSize: 12, microBatch: 12 } })
  expect([execution!.microBatch, firstMicroBatch]).toEqual([12, null])
})

test('a run shows what its steps and all besides them take here', async () => {
  const home = temporaryFolder()
  onTestFinished(() => remove(home))
  const context = openContext({ home })
  const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 3 } }
  await trainRun(context, { dataset: studio.folder, recipe })
  const seen = openSpeeds(home).list()
  const { overhead, ...training } = seen.at(-1)!
  expect(training.work.updated).toBeGreaterThan(0)
  expect(overhead!.start).toBeGreaterThan(0)
  expect(overhead!.epochEnd).toBeGreaterThan(0)
  // Validation is a step of its own, in fp32.
  expect(seen.at(-2)).toMatchObject({ precision: 'fp32', work: { updated: 0 } })
  context.registry.close()
})
