import { spawnSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { forwardLog, openLog } from '../../core/base/log.ts'

it('names role, process and step of each process that works, where it is asked to', () => {
  const program = fileURLToPath(new URL('../../core/engine/selection/trialProcess.ts', import.meta.url))
  const task = { kind: 'start', engine: 'onnxruntime', execution: { device: 'cpu', threads: 1 } }
  const run = (level: string): string =>
    spawnSync(process.execPath, [program, JSON.stringify(task)], {
      env: { ...process.env, VGG_STUDIO_LOG: level },
    }).stderr.toString()
  expect(run('debug')).toMatch(/^vgg-studio start \d+: onnxruntime with \{"device":"cpu","threads":1\}$/m)
  expect(run('')).not.toContain('vgg-studio start')
})

it('passes on what a child process logs, and takes none of it for its last words', () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const stream = new PassThrough()
  const words = forwardLog(stream, 100)
  for (const part of [
    'vgg-studio wor',
    'ker 12: job train\nterminate ',
    'called\nvgg-studio worker 12: do',
    'ne\nbad_alloc',
  ])
    stream.emit('data', Buffer.from(part))
  expect(words()).toBe('terminate called\nbad_alloc')
  expect(written.mock.calls.map(([line]) => line)).toEqual([
    'vgg-studio worker 12: job train\n',
    'vgg-studio worker 12: done\n',
  ])
  openLog('server', {})('opens')
  openLog('server', { VGG_STUDIO_LOG: 'debug' })('opens')
  expect(written).toHaveBeenLastCalledWith(`vgg-studio server ${process.pid}: opens\n`)
  expect(written).toHaveBeenCalledTimes(3)
  written.mockRestore()
})
