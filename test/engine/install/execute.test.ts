import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { execute, runsSuccessfully } from '../../../core/engine/install/execute.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vgg-execute-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** As a compiler's driver: what it has started goes on when the driver alone is killed. */
const driver = ['-c', 'sleep 100 & echo $! > pids; echo $$ >> pids; wait']

async function started(): Promise<readonly number[]> {
  return vi.waitFor(
    () => {
      const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number)
      expect(pids).toHaveLength(2)
      return pids
    },
    { timeout: 10_000 },
  )
}

const isThere = (pid: number): boolean => {
  try {
    // A process that has ended and that nobody has asked for is a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function expectGone(pids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter(isThere)).toEqual([]), { timeout: 10_000 })
}

describe('a program', () => {
  it('gives what it printed, and each line as it comes', async () => {
    const lines: string[] = []
    const output = await execute('sh', ['-c', 'echo one; pwd'], {
      folder,
      onLine: (line) => lines.push(line),
    })
    expect(output).toBe(`one\n${folder}\n`)
    expect(lines).toEqual(['one', folder])
  })

  it('that fails is reported with its last complaints and how it ended', async () => {
    await expect(execute('sh', ['-c', 'echo no disk >&2; exit 3'])).rejects.toMatchObject({
      code: 'program-failed',
      fact: { values: { what: 'failed', ending: 3, complaints: 'no disk' } },
    })
    await expect(execute('sh', ['-c', 'kill -9 $$'])).rejects.toMatchObject({
      fact: { values: { ending: 'SIGKILL' } },
    })
  })

  it('that is not there is said so', async () => {
    await expect(execute(join(folder, 'none'), [])).rejects.toMatchObject({
      code: 'program-failed',
      fact: { values: { what: 'not-run', command: join(folder, 'none') } },
    })
    expect(await runsSuccessfully(join(folder, 'none'), [])).toBe(false)
    expect(await runsSuccessfully('true', [])).toBe(true)
  })

  it('is ended with all that it has started when it is canceled', async () => {
    const canceling = new AbortController()
    const ended = execute('sh', driver, { folder, signal: canceling.signal })
    const pids = await started()
    canceling.abort()
    await expect(ended).rejects.toMatchObject({ code: 'canceled' })
    await expectGone(pids)
  })

  it('is ended with all that it has started when the process that runs it is killed', async () => {
    const parent = fork(fileURLToPath(new URL('./executing.ts', import.meta.url)), [folder, ...driver])
    const pids = await started()
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await expectGone(pids)
  })
})
