import { once } from 'node:events'
import Database from 'better-sqlite3'
import { beforeAll, expect, test } from 'vitest'
import { importDataset } from '../../../core/jobs/import.ts'
import { holdLease } from '../../../core/jobs/recording/lease.ts'
import { smallStudio } from '../small.ts'

const studio = smallStudio()
beforeAll(() => importDataset(studio.context, { source: studio.folder }))

test('a process whose run another one took over is told so', async () => {
  const { registry, home } = studio.context
  const { id } = registry.runs.create({ suggestion: 'taken', dataset: 'd1', recipe: {} })
  const lease = holdLease(registry, id, { interval: 10 })
  const database = new Database(home.registry)
  database.prepare("UPDATE runs SET lease_host = 'elsewhere', lease_pid = 1").run()
  database.close()
  if (!lease.lost.aborted) await once(lease.lost, 'abort')
  expect(lease.lost.reason).toMatchObject({ code: 'run-taken-over' })
  lease.close()
})
