import { renameSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { reportOf } from '../../../core/base/errors.ts'
import { evaluateRun } from '../../../core/jobs/evaluate.ts'
import { importDataset } from '../../../core/jobs/import.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { english } from '../../../core/messages/en/index.ts'
import { listRuns } from '../../../core/queries/runs.ts'
import { tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'

vi.setConfig({ testTimeout: 120_000 })
const studio = smallStudio()

test('a folder that vanishes is named with what to do, and runs can be read; once it is back, all goes on', async () => {
  const { context, folder } = studio
  await importDataset(context, { source: folder })
  await trainRun(context, { dataset: 'd1', recipe: tinyRecipe })
  const away = `${folder}-away`
  renameSync(folder, away)
  for (const work of [
    () => trainRun(context, { dataset: 'd1', recipe: tinyRecipe }),
    () => evaluateRun(context, { run: 'r1' }),
    () => importDataset(context, { source: folder }),
  ]) {
    const error: unknown = await work().then(
      () => 'nothing',
      (thrown: unknown) => thrown,
    )
    const { message, hint } = reportOf(error, english)
    expect(message).toContain(folder)
    expect(hint).toBeTruthy()
  }
  expect(listRuns(context).runs.map(({ run }) => run)).toContain('r1')
  renameSync(away, folder)
  expect(await evaluateRun(context, { run: 'r1' })).toMatchObject({ failures: [] })
})
