import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { temporaryPath } from '../../core/base/temporary.ts'
import { openDiskCache } from '../../core/base/diskCache.ts'

test('files are kept up to a limit, the oldest go first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const cache = openDiskCache(folder, { limit: 1000, interval: 100 })
  for (let index = 0; index < 30; index++) {
    const path = join(folder, String(index % 3), `${index}.webp`)
    await cache.write(path, new Uint8Array(100))
    // Times of files that are made in a moment are the same.
    utimesSync(path, index, index)
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const total = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
  expect(total).toBeLessThanOrEqual(1000)
  expect(total).toBeGreaterThanOrEqual(800)
  const names = files.map(({ name }) => Number(name.split('.')[0]))
  expect(Math.min(...names)).toBeGreaterThanOrEqual(19)
  expect(names).toContain(29)
})

test('what a killed process was writing goes with the first file that is kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  const own = temporaryPath(join(folder, '1', 'b.webp'))
  mkdirSync(join(folder, '1'))
  for (const path of [own, own.replace(`.${process.pid}-`, `.${dead}-`)]) writeFileSync(path, '')
  await openDiskCache(folder, { limit: 1000, interval: 100 }).write(
    join(folder, '1', 'a.webp'),
    new Uint8Array(1),
  )
  expect(readdirSync(join(folder, '1')).sort()).toEqual(['a.webp', own.slice(folder.length + 3)].sort())
})

test('a folder that can’t be written to is no failure', async () => {
  const cache = openDiskCache('/proc/none', { limit: 1, interval: 1 })
  await expect(cache.write('/dev/null/a/b.webp', new Uint8Array(10))).resolves.toBeUndefined()
})
