import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { reportOf } from '../../core/base/errors.ts'
import { english } from '../../core/messages/en/index.ts'
import { openRegistry } from '../../core/registry/registry.ts'
import { manifestOf, newRegistry, options, temporaryFolder } from './sample.ts'

test('a registry that another program locks says so and what to do, and can be read meanwhile', () => {
  const file = join(temporaryFolder(), 'registry.sqlite')
  const registry = newRegistry(file)
  const dataset = registry.datasets.add(manifestOf('/data/pets'), options)
  registry.runs.create({ name: 'kept', suggestion: 'kept', dataset: dataset.id, recipe: { seed: 1 } })
  const other = new Database(file)
  onTestFinished(() => void other.close())
  other.exec('BEGIN IMMEDIATE')

  let thrown: unknown
  try {
    registry.runs.update('r1', { notes: 'lost' })
  } catch (error) {
    thrown = error
  }
  expect(reportOf(thrown, english)).toMatchObject({
    code: 'registry-locked',
    message: expect.stringContaining('registry.sqlite'),
    hint: expect.stringContaining('Close what has it open'),
  })
  const reading = openRegistry(file, { reading: true })
  expect(reading.runs.list().map(({ name }) => name)).toEqual(['kept'])
  reading.close()

  other.exec('ROLLBACK')
  expect(registry.runs.update('r1', { notes: 'kept' })).toMatchObject({ notes: 'kept' })
})
