import { existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync, closeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { isDamaged, rebuildRegistry } from '../../core/registry/rebuild.ts'
import { openRegistry } from '../../core/registry/registry.ts'
import { manifestOf, newRegistry, options, temporaryFolder } from './sample.ts'

const pageSize = 4096

/** A registry with two data sets and three runs, of which the second has many epochs; closed, so that it is one file. */
function filled(): { readonly file: string; readonly epochs: number } {
  const file = join(temporaryFolder(), 'registry.sqlite')
  const registry = newRegistry(file)
  const epochs = 400
  for (const root of ['/data/pets', '/data/flowers']) registry.datasets.add(manifestOf(root), options)
  for (const name of ['first', 'second', 'third']) {
    const { id } = registry.runs.create({ suggestion: name, dataset: 'd1', recipe: { seed: 1 } })
    const count = name === 'second' ? epochs : 2
    for (let epoch = 1; epoch <= count; epoch++)
      registry.epochs.put(id, { epoch, note: 'x'.repeat(200) } as { epoch: number })
  }
  registry.close()
  const database = new Database(file)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.pragma('journal_mode = DELETE')
  database.close()
  return { file, epochs }
}

/** Page numbers, from 1, that hold rows of a table. */
function leavesOf(file: string, table: string): readonly number[] {
  const database = new Database(file)
  const pages = database
    .prepare<[string], number>(`SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path`)
    .pluck()
    .all(table)
  database.close()
  return pages
}

function overwrite(file: string, page: number): void {
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, Buffer.alloc(pageSize, 0x5a), 0, pageSize, (page - 1) * pageSize)
  closeSync(descriptor)
}

test('a registry whose pages are whole is not damaged, and one that is not there neither', () => {
  const { file } = filled()
  expect(isDamaged(file)).toBe(false)
  expect(isDamaged(`${file}.none`)).toBe(false)
})

test('what lies before and behind a damaged page is read into a new registry, and the damaged file is kept', () => {
  const { file, epochs } = filled()
  const leaves = leavesOf(file, 'epochs')
  overwrite(file, leaves[Math.floor(leaves.length / 2)]!)
  expect(isDamaged(file)).toBe(true)
  const before = readFileSync(file)

  const { kept, rows } = rebuildRegistry(file, new Date('2026-11-30T03:52:10Z'))
  expect(kept).toBe(join(dirname(file), 'registry-damaged-2026-11-30T035210.sqlite'))
  expect(readFileSync(kept)).toEqual(before)
  expect(isDamaged(file)).toBe(false)
  const registry = openRegistry(file)
  expect(registry.datasets.list().map(({ root }) => root)).toEqual(['/data/pets', '/data/flowers'])
  expect(registry.datasets.manifest('d2').images).toEqual(manifestOf('/data/flowers').images)
  expect(registry.runs.list().map(({ name }) => name)).toEqual(['first', 'second', 'third'])
  const left = registry.epochs.list('r2').map(({ epoch }) => epoch)
  expect([left[0], left.at(-1)]).toEqual([1, epochs])
  expect(left.length).toBeGreaterThan(epochs * 0.8)
  expect(left.length).toBeLessThan(epochs)
  expect(rows).toBeGreaterThan(left.length)
  // Numbers are not given twice.
  expect(registry.runs.create({ suggestion: 'next', dataset: 'd1', recipe: {} }).id).toBe('r4')
  registry.close()
})

test('of a data set whose images are not all there nothing is kept, and its runs forget it', () => {
  const { file } = filled()
  for (const page of leavesOf(file, 'images')) overwrite(file, page)
  rebuildRegistry(file)
  const registry = openRegistry(file)
  expect(registry.datasets.list()).toEqual([])
  expect(registry.runs.list().map(({ name, dataset }) => [name, dataset])).toEqual([
    ['first', null],
    ['second', null],
    ['third', null],
  ])
  registry.close()
})

test('of a file that is no database nothing can be read: the new registry is empty', () => {
  const file = join(temporaryFolder(), 'registry.sqlite')
  writeFileSync(file, 'my shopping list, which is longer than the sixteen bytes of a header\n'.repeat(20))
  expect(() => openRegistry(file)).toThrow(expect.objectContaining({ code: 'registry-damaged' }))
  const { size } = statSync(file)
  const { kept, rows } = rebuildRegistry(file)
  expect(rows).toBeLessThanOrEqual(1)
  expect(statSync(kept).size).toBe(size)
  const registry = openRegistry(file)
  expect(registry.runs.list()).toEqual([])
  registry.close()
  // A second one on the same day gets a name of its own.
  writeFileSync(file, 'x'.repeat(4096))
  for (const side of ['-wal', '-shm']) expect(existsSync(file + side)).toBe(false)
  expect(rebuildRegistry(file, new Date('2026-11-30T00:00:00Z')).kept).not.toBe(kept)
})
