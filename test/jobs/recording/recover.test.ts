import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openCheckpoint } from '../../../core/jobs/context/checkpoints.ts'
import { openContext, type JobContext } from '../../../core/jobs/context/context.ts'
import { importDataset } from '../../../core/jobs/import.ts'
import { recoverRuns } from '../../../core/jobs/recording/recover.ts'
import { resumeRun } from '../../../core/jobs/resume.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { listRuns } from '../../../core/queries/runs.ts'
import { showRun } from '../../../core/queries/show.ts'
import { queueStore } from '../../../core/server/queue/store.ts'
import { openTrash } from '../../../core/server/runs/trash.ts'
import { tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'
import { english } from '../../../core/messages/en/index.ts'
import { shown } from '../../../core/messages/shown.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()
const recipe = (epochs: number) => ({
  ...tinyRecipe,
  optimization: { ...tinyRecipe.optimization, epochs },
})

test('a new run never takes over the folder of a run that the registry does not know, which can be restored', async () => {
  const { context, folder } = studio
  const stop = new AbortController()
  const stopping = openContext({
    home: context.home.folder,
    signal: stop.signal,
    emit: (event) => void (event.event === 'epoch' && event.epoch === 2 && stop.abort()),
  })
  const before = await trainRun(stopping, { dataset: folder, recipe: recipe(3) })
  expect([before.run, before.status]).toEqual(['r1', 'stopped'])
  const home = context.home.folder
  const kept = readFileSync(join(home, 'runs/r1/last.safetensors'))
  stopping.registry.close()
  context.registry.close()
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      renameSync(`${context.home.registry}${suffix}`, `${context.home.registry}${suffix}.lost`)
    } catch {
      // A database that was closed has no log.
    }
  }
  const fresh = openContext({ home })
  ;(studio as { context: JobContext }).context = fresh
  expect(listRuns(fresh)).toMatchObject({ runs: [], lost: ['r1'] })
  await importDataset(fresh, { source: folder })
  const { run, epochs } = await trainRun(fresh, { dataset: folder, recipe: recipe(1) })
  expect([run, epochs.length]).toEqual(['r2', 1])
  expect(readFileSync(join(home, 'runs/r1/last.safetensors')).equals(kept)).toBe(true)

  expect(await recoverRuns(fresh)).toEqual({
    recovered: [{ run: 'r1', name: 'recovered-A-1', epochs: 2 }],
    failed: [],
  })
  expect(listRuns(fresh).lost).toEqual([])
  expect(showRun(fresh, { run: 'r1' })).toMatchObject({
    status: 'interrupted',
    dataset: { dataset: 'd1' },
    epochs: before.epochs,
    checkpoints: [{ kind: 'best' }, { kind: 'last', epoch: 2 }],
  })
  const resumed = await resumeRun(fresh, { run: 'r1' })
  expect(resumed.epochs.slice(0, 2)).toEqual(before.epochs)
  expect(resumed).toMatchObject({ status: 'completed', epochs: { length: 3 } })
})

test('what cannot be restored is named with the reason', async () => {
  const { context } = studio
  const folder = join(context.home.folder, 'runs/r77')
  mkdirSync(folder)
  writeFileSync(join(folder, 'last.safetensors'), 'torn')
  expect(shown(await recoverRuns(context), english)).toMatchObject({
    recovered: [],
    failed: [{ folder, reason: expect.stringContaining('last.safetensors') }],
  })
})

test('a checkpoint of another run is refused, not evaluated or continued', async () => {
  const { context, folder } = studio
  const { run } = await trainRun(context, { dataset: folder, recipe: recipe(1) })
  const runs = join(context.home.folder, 'runs')
  for (const file of ['best.safetensors', 'last.safetensors'])
    copyFileSync(join(runs, 'r1', file), join(runs, run, file))
  const foreign = { code: 'foreign-checkpoint', message: expect.stringContaining(run) }
  await expect(openCheckpoint(context, context.registry.runs.get(run))).rejects.toMatchObject(foreign)
  context.registry.runs.end(run, 'interrupted')
  await expect(resumeRun(context, { run })).rejects.toMatchObject(foreign)
})

test('what the server has stored for another registry touches nothing of this one', async () => {
  const folder = join(studio.context.home.folder, 'server')
  const emptied: string[] = []
  const empty = async (run: string): Promise<void> => void emptied.push(run)
  const trash = await openTrash({ folder, registry: 'old', empty })
  await trash.put('r1')
  trash.close()
  const other = await openTrash({ folder, registry: 'new', empty, grace: 0 })
  expect(other.has('r1')).toBe(false)
  const again = await openTrash({ folder, registry: 'old', empty })
  expect(again.has('r1')).toBe(true)
  again.close()
  other.close()
  const job = {
    ...{ id: 'j1', kind: 'resume' as const, input: { run: 'r1' }, title: 'Resume', lane: 'cpu' },
    ...{ run: 'r1', dataset: null, plan: null, created: '', held: false },
  }
  const store = queueStore(folder, 'old')
  store.save({ version: 1, next: 2, waiting: [job], unfinished: [] })
  await store.saved()
  expect(await queueStore(folder, 'new').load()).toMatchObject({ next: 1, waiting: [] })
  expect((await queueStore(folder, 'old').load()).waiting).toHaveLength(1)
})
