import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHelper, type Helper } from '../../core/server/helper/helper.ts'
import { remove, smallFolder, temporaryFolder } from './support.ts'
import { isLinux, onlyLinux } from '../unless.ts'

let helper: Helper
let home: string
let pictures: string
let files: readonly string[]

beforeAll(() => {
  home = temporaryFolder()
  pictures = smallFolder(2, 12)
  const folder = join(pictures, 'train')
  files = readdirSync(folder).flatMap((name) =>
    readdirSync(join(folder, name)).map((file) => join(folder, name, file)),
  )
  helper = openHelper({ home, parallel: 1 })
})
afterAll(() => {
  helper.close()
  remove(home, pictures)
})

const thumbnail = (path: string, signal?: AbortSignal) =>
  helper.run('thumbnail', { path, side: 64, lenient: false, cachePath: null }, signal)

/** Children of this process that are helpers. */
function helperProcesses(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = /^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return parent === String(process.pid) && command.includes('jobs/process/helper')
      } catch {
        return false
      }
    })
    .map(Number)
}

test('what was asked last is done first, and what nobody waits for any more is not done', async () => {
  const order: number[] = []
  const abort = new AbortController()
  const asked = files.slice(0, 6).map((file, index) =>
    thumbnail(file, index === 2 ? abort.signal : undefined).then(
      () => order.push(index),
      (error: { code: string }) => expect([index, error.code]).toEqual([2, 'canceled']),
    ),
  )
  abort.abort()
  await Promise.all(asked)
  expect(order).toEqual([0, 5, 4, 3, 1])
})

test('what goes wrong in it is told as it is', async () => {
  await expect(thumbnail(join(pictures, 'none.png'))).rejects.toMatchObject({ code: 'unreadable' })
})

test.runIf(isLinux)(
  `when it dies what it was at fails, and the next task starts another${onlyLinux}`,
  async () => {
    const [pid] = helperProcesses()
    const asked = files.map((file) => thumbnail(file).catch((error: { code: string }) => error.code))
    process.kill(pid!, 'SIGKILL')
    const outcomes = await Promise.all(asked)
    expect(outcomes.filter((outcome) => outcome === 'helper-died').length).toBeLessThanOrEqual(2)
    expect(outcomes.filter((outcome) => typeof outcome !== 'string').length).toBeGreaterThan(0)
    expect(helperProcesses()).toHaveLength(1)
  },
)

test.runIf(isLinux)(
  `it rests when it has nothing to do, and ends with its parent’s wish${onlyLinux}`,
  async () => {
    helper.close()
    const resting = openHelper({ home, parallel: 1, idle: 50 })
    const run = () => resting.run('thumbnail', { path: files[0]!, side: 64, lenient: false, cachePath: null })
    await run()
    for (let tries = 0; helperProcesses().length > 0 && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50))
    expect(helperProcesses()).toEqual([])
    expect((await run()).length).toBeGreaterThan(0)
    resting.close()
  },
)

test('when it is closed what it was at fails, and nothing is begun any more', async () => {
  const closing = openHelper({ home, parallel: 1 })
  const asked = files
    .slice(0, 3)
    .map((path) => closing.run('thumbnail', { path, side: 64, lenient: false, cachePath: null }))
  const outcomes = Promise.allSettled(asked)
  closing.close()
  const died = { status: 'rejected', reason: expect.objectContaining({ code: 'helper-died' }) }
  expect(await outcomes).toEqual([died, died, died])
  await expect(closing.run('devices', null)).rejects.toMatchObject({ code: 'helper-died' })
})
