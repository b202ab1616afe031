import { afterAll, expect, test } from 'vitest'
import { openContext } from '../../core/jobs/context/context.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { answer, remove, smallFolder, temporaryFolder, testServer, tinyRecipe } from './support.ts'

const [home, folder] = [temporaryFolder(), smallFolder()]
afterAll(() => remove(home, folder))

test('a server that starts gives an interrupted run the rows that its checkpoint tells of', async () => {
  const context = openContext({ home })
  const optimization = { ...tinyRecipe.optimization, epochs: 2 }
  const { run } = await trainRun(context, { dataset: folder, recipe: { ...tinyRecipe, optimization } })
  const { epochs, checkpoints, runs } = context.registry
  const [before, files] = [epochs.list(run), checkpoints.list(run)]
  expect(before).toHaveLength(2)
  // As if both processes had been killed before anything of the second epoch was recorded.
  epochs.forgetAfter(run, 1)
  checkpoints.put(run, { ...files.find(({ kind }) => kind === 'last')!, epoch: 1, step: 3, top1Error: null })
  runs.end(run, 'interrupted')
  context.registry.close()

  const server = await testServer({ home })
  try {
    const curves = await answer(server.api.runs[':run'].epochs.$get({ param: { run }, query: {} }))
    expect(curves.epochs).toEqual(before)
    const view = await answer(server.api.runs[':run'].$get({ param: { run } }))
    const rows = view.checkpoints.map(({ kind, epoch, step, top1Error }) => ({
      kind,
      epoch,
      step,
      top1Error,
    }))
    expect(rows).toEqual(files.map(({ kind, epoch, step, top1Error }) => ({ kind, epoch, step, top1Error })))
    // All epochs were done: only nobody had been told.
    expect(view.status).toBe('completed')
  } finally {
    await server.close()
  }
})
