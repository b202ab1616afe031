import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { migrations } from '../../core/registry/migrations.ts'
import { openRegistry } from '../../core/registry/registry.ts'
import { manifestOf, newRegistry, options, temporaryFolder } from './sample.ts'

test('a new registry is made with its folders, in write-ahead mode and with foreign keys', () => {
  const file = join(temporaryFolder(), 'a', 'b', 'registry.sqlite')
  newRegistry(file)
  const database = new Database(file)
  expect(database.pragma('journal_mode', { simple: true })).toBe('wal')
  expect(database.pragma('user_version', { simple: true })).toBe(migrations.length)
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.close()
})

test('a database of a newer version is refused and stays as it was, byte for byte', () => {
  const folder = temporaryFolder()
  const file = join(folder, 'registry.sqlite')
  const newer = new Database(file)
  newer.exec('CREATE TABLE future (x)')
  newer.pragma(`user_version = ${migrations.length + 1}`)
  newer.close()
  const before = readFileSync(file)
  expect(() => openRegistry(file)).toThrow(expect.objectContaining({ code: 'registry-newer' }))
  expect(readFileSync(file)).toEqual(before)
  expect(readdirSync(folder)).toEqual(['registry.sqlite'])
})

test('a newer version that is still only in the write-ahead log is refused as well', () => {
  const file = join(temporaryFolder(), 'registry.sqlite')
  newRegistry(file)
  const newer = new Database(file)
  newer.pragma(`user_version = ${migrations.length + 1}`)
  expect(() => openRegistry(file)).toThrow(expect.objectContaining({ code: 'registry-newer' }))
  newer.close()
})

test('a file that is no database is refused, and stays', () => {
  const file = join(temporaryFolder(), 'registry.sqlite')
  writeFileSync(file, 'my shopping list, which is longer than the sixteen bytes of a header\n'.repeat(20))
  const before = readFileSync(file)
  expect(() => openRegistry(file)).toThrow(expect.objectContaining({ code: 'registry-damaged' }))
  expect(readFileSync(file)).toEqual(before)
})

test('a migration that fails leaves nothing behind', () => {
  const file = join(temporaryFolder(), 'registry.sqlite')
  const database = new Database(file)
  // The first migration makes this table too, after others: it fails half way.
  database.exec('CREATE TABLE checkpoints (mine)')
  database.close()
  expect(() => openRegistry(file)).toThrow(expect.objectContaining({ code: 'registry-unreadable' }))
  const after = new Database(file)
  expect(after.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).pluck().all()).toEqual([
    'checkpoints',
  ])
  expect(after.pragma('user_version', { simple: true })).toBe(0)
  after.close()
})

test('several processes can make and use one registry at the same time', async () => {
  const file = join(temporaryFolder(), 'registry.sqlite')
  const module = new URL('../../core/registry/registry.ts', import.meta.url).href
  const code = `
    import { openRegistry } from ${JSON.stringify(module)}
    const registry = openRegistry(${JSON.stringify(file)})
    const { root, ...rest } = ${JSON.stringify(manifestOf('/data/pets'))}
    for (let i = 0; i < 20; i++) {
      const dataset = registry.datasets.add({ root, ...rest }, ${JSON.stringify(options)})
      registry.runs.create({ suggestion: 'pets-A', dataset: dataset.id, recipe: {} })
    }
    registry.close()`
  const child = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
  await Promise.all([child(), child(), child()])
  const registry = newRegistry(file)
  const names = registry.runs.list().map(({ name }) => name)
  expect(names).toHaveLength(60)
  expect(new Set(names).size).toBe(60)
  expect(registry.datasets.list().map(({ version }) => version)).toEqual(
    Array.from({ length: 60 }, (_, i) => i + 1),
  )
})
