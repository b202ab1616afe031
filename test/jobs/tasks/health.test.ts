import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import * as duplicates from '../../../core/dataset/health.ts'
import { openContext } from '../../../core/jobs/context/context.ts'
import { datasetReport } from '../../../core/jobs/tasks/health.ts'
import { manifestOf, options, temporaryFolder } from '../../registry/sample.ts'

vi.mock(import('../../../core/dataset/health.ts'), { spy: true })

test('A health report is made once for a version of a data set, also when the studio starts again', async () => {
  const home = temporaryFolder()
  const made = vi.mocked(duplicates.healthReport)
  const first = openContext({ home })
  const { id } = first.registry.datasets.add(manifestOf('/data/pets'), options)
  const report = await datasetReport(first, { dataset: id })
  const next = first.registry.datasets.add(manifestOf('/data/pets', 30), options)
  first.registry.close()
  expect(made).toHaveBeenCalledTimes(1)

  const again = openContext({ home })
  expect(await datasetReport(again, { dataset: id })).toEqual(report)
  expect(made).toHaveBeenCalledTimes(1)
  expect((await datasetReport(again, { dataset: next.id })).images).toBe(30)
  expect(made).toHaveBeenCalledTimes(2)

  // Damage in what was kept is seen.
  const folder = join(home, 'cache', 'health')
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"images":20', '"images":21'))
  }
  expect(await datasetReport(again, { dataset: id })).toEqual(report)
  rmSync(folder, { recursive: true })
  expect(await datasetReport(again, { dataset: id })).toEqual(report)
  expect(made).toHaveBeenCalledTimes(4)
  again.registry.close()
})
