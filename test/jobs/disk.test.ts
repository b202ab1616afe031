import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { reportOf } from '../../core/base/errors.ts'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { deleteRun } from '../../core/jobs/recording/delete.ts'
import { listRuns } from '../../core/queries/runs.ts'
import { showRun } from '../../core/queries/show.ts'
import { openTrash } from '../../core/server/runs/trash.ts'
import { manifestOf, options } from '../registry/sample.ts'
import { smallDisk } from './smallDisk.ts'
import { english } from '../../core/messages/en/index.ts'

vi.setConfig({ testTimeout: 60_000 })

const program = fileURLToPath(new URL('../../core/cli/vgg-studio.js', import.meta.url))
const command = (...words: readonly string[]) =>
  promisify(execFile)(process.execPath, [program, ...words, '--json'])

/** A home with one run, whose checkpoint has 1 MB. */
function homeWithRun(home: string): JobContext {
  const context = openContext({ home })
  onTestFinished(() => context.registry.close())
  const dataset = context.registry.datasets.add(manifestOf('/data/pets'), options)
  context.registry.runs.create({ name: 'kept', suggestion: 'kept', dataset: dataset.id, recipe: { seed: 1 } })
  mkdirSync(join(home, 'runs/r1'), { recursive: true })
  writeFileSync(join(home, 'runs/r1/last.safetensors'), Buffer.alloc(1 << 20))
  return context
}

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

test('On a full disk a change says that it is full and what to do', (test) => {
  const disk = smallDisk(test)
  const { registry } = homeWithRun(join(disk.folder, 'home'))
  disk.fill()
  const error = thrownBy(() => registry.runs.update('r1', { notes: 'x'.repeat(5_000_000) }))
  expect(reportOf(error, english)).toMatchObject({
    code: 'disk-full',
    hint: expect.stringContaining('Free some space'),
  })
})

test('On a full disk runs can be looked at, and deleted, which frees the space', async (test) => {
  const disk = smallDisk(test)
  const home = join(disk.folder, 'home')
  homeWithRun(home).registry.close()
  disk.fill()

  // Nothing lies beside the registry: SQLite finds no room for the files that it needs there.
  expect(
    reportOf(
      thrownBy(() => openContext({ home }).registry.close()),
      english,
    ),
  ).toMatchObject({
    code: 'disk-full',
  })
  const reading = openContext({ home, reading: true })
  expect(listRuns(reading).runs.map(({ name }) => name)).toEqual(['kept'])
  reading.registry.close()

  const { stdout } = await command('delete', 'kept', '--home', home)
  expect(JSON.parse(stdout)).toMatchObject({ deleted: 'r1' })
  expect(readdirSync(join(home, 'runs'))).toEqual([])
  const after = openContext({ home })
  expect(after.registry.runs.list()).toEqual([])
  after.registry.close()
})

test('The window’s way to delete works on a full disk too', async (test) => {
  const disk = smallDisk(test)
  const home = join(disk.folder, 'home')
  const context = homeWithRun(home)
  disk.fill()
  const trash = await openTrash({
    folder: join(home, 'server'),
    registry: context.registry.identity,
    empty: async (run) => void (await deleteRun(context, { run })),
    grace: 0,
  })
  onTestFinished(() => trash.close())
  await trash.put('r1')
  await vi.waitFor(() => expect(context.registry.runs.list()).toEqual([]), 10_000)
  expect(existsSync(join(home, 'runs/r1'))).toBe(false)
})

test('A home that can only be read is shown; what would change it says so at once', (test) => {
  const disk = smallDisk(test)
  const home = join(disk.folder, 'home')
  homeWithRun(home).registry.close()
  const before = readdirSync(home)
  disk.makeReadOnly()

  const reading = openContext({ home, reading: true })
  onTestFinished(() => reading.registry.close())
  expect(listRuns(reading).runs.map(({ name }) => name)).toEqual(['kept'])
  expect(showRun(reading, { run: 'last' }).dataset).toMatchObject({ dataset: 'd1' })
  expect(readdirSync(home)).toEqual(before)
  expect(
    reportOf(
      thrownBy(() => openContext({ home })),
      english,
    ),
  ).toMatchObject({
    code: 'home-read-only',
    message: `The data of VGG Studio in ${home} is read-only.`,
    hint: expect.stringContaining('--home'),
  })
  const change = thrownBy(() => reading.registry.runs.update('r1', { notes: 'lost' }))
  expect(reportOf(change, english)).toMatchObject({ code: 'disk-read-only' })
})

test('What was only in the write-ahead log of a home that can only be read is seen', (test) => {
  const disk = smallDisk(test)
  const home = join(disk.folder, 'home')
  const context = homeWithRun(home)
  expect(existsSync(`${context.home.registry}-wal`)).toBe(true)
  // As after a kill, and on another machine: the log is there, and nobody has it open.
  const copied = join(disk.folder, 'copied')
  mkdirSync(copied)
  for (const end of ['', '-wal']) {
    writeFileSync(join(copied, `registry.sqlite${end}`), readFileSync(`${context.home.registry}${end}`))
  }
  context.registry.close()
  disk.makeReadOnly()
  const reading = openContext({ home: copied, reading: true })
  onTestFinished(() => reading.registry.close())
  expect(listRuns(reading).runs.map(({ name }) => name)).toEqual(['kept'])
})
