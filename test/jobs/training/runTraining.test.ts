import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { JobEvent } from '../../../core/jobs/recording/events.ts'
import { openRecorder } from '../../../core/jobs/recording/recorder.ts'
import type { TrainingOrder } from '../../../core/jobs/training/runTraining.ts'
import { prepareRun } from '../../../core/jobs/training/prepare.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import type { TrainResult } from '../../../core/jobs/training/runTraining.ts'
import type { EpochRecord } from '../../../core/training/events.ts'
import { remove, temporaryFolder, tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'

vi.setConfig({ testTimeout: 120_000 })

const studio = smallStudio()
const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 2 } }

/** Trains in a process with a home folder of its own, where nothing is but a copy of the images. */
async function trainElsewhere(order: TrainingOrder, folder: string, onEvent: (event: JobEvent) => void) {
  const home = temporaryFolder()
  onTestFinished(() => remove(home))
  const images = join(home, 'copied images')
  cpSync(folder, images, { recursive: true })
  const program = fileURLToPath(new URL('../trainingProcess.ts', import.meta.url))
  const env = { ...process.env, VGG_STUDIO_HOME: home }
  const child = fork(program, [home, images], { serialization: 'advanced', execArgv: [], env })
  let result: TrainResult | undefined
  child.on('message', (said: { event?: JobEvent; result?: TrainResult }) => {
    if (said.event) onEvent(said.event)
    result = said.result ?? result
  })
  child.send(order)
  await once(child, 'exit')
  return { home, result: result! }
}

test('a training needs its order and the images: no registry is where it runs, and the parent has all rows', async () => {
  const { context, folder } = studio
  const { registry } = context
  const said: JobEvent[] = []
  const recorder = openRecorder(context, (event) => void said.push(event))
  const here = await trainRun({ ...context, emit: recorder }, { dataset: folder, recipe })

  const { run, order } = await prepareRun(context, { dataset: folder, recipe, name: 'elsewhere' })
  const { home, result } = await trainElsewhere(order, folder, recorder)
  expect(result.status).toBe('completed')
  expect(JSON.stringify(order)).not.toContain(JSON.stringify(folder).slice(1, -1))
  expect(existsSync(join(home, 'registry.sqlite'))).toBe(false)
  expect(
    readdirSync(join(home, 'runs', run.id))
      .filter((name) => name.endsWith('.safetensors'))
      .sort(),
  ).toEqual(['best.safetensors', 'last.safetensors'])

  const losses = (id: string): readonly unknown[] =>
    registry.epochs.list<EpochRecord>(id).map(({ trainingLoss, validation }) => [trainingLoss, validation])
  expect(losses(run.id)).toEqual(losses(here.run))
  expect(losses(run.id)).toHaveLength(2)
  const rows = (id: string): readonly unknown[] =>
    registry.checkpoints
      .list(id)
      .map(({ kind, path, epoch, step }) => [kind, path.replace(id, ''), epoch, step])
  expect(rows(run.id)).toEqual(rows(here.run))
  const [first, second] = [registry.runs.get(here.run), registry.runs.get(run.id)]
  expect(second.recipe).toEqual(first.recipe)
  expect(second.execution).toEqual(first.execution)
})
