import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { hasProcess } from '../../core/base/host.ts'
import { isAlive, thisProcess } from '../../core/base/processIdentity.ts'
import { isLinux, onlyLinux } from '../unless.ts'

test('a process is there until it has ended', async () => {
  const child = spawn('sleep', ['100'])
  expect(hasProcess(child.pid!)).toBe(true)
  child.kill()
  await once(child, 'exit')
  expect(hasProcess(child.pid!)).toBe(false)
  expect(hasProcess(process.pid)).toBe(true)
})

test.skipIf(!isLinux)(
  `a process that has ended is not there, though its parent never asks how${onlyLinux}`,
  async () => {
    // The shell becomes another program, which knows of no child.
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 100'])
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^State:\tZ/m))
    expect(() => process.kill(pid, 0)).not.toThrow()
    expect(hasProcess(pid)).toBe(false)
    expect(isAlive({ ...thisProcess(), pid, started: '' })).toBe(false)
    parent.kill()
    await once(parent, 'exit')
  },
)
