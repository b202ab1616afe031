import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startChild } from '../../core/bench/child.ts'
import { gone, scripted } from './children.ts'

const folder = mkdtempSync(join(tmpdir(), 'vgg-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a child gets its task, says that it is ready, and gives a round when asked', async () => {
  const program = scripted(
    folder,
    'good',
    `const task = JSON.parse((await lines.next()).value)
     console.log('a library says hello')
     console.log('[1, 2]')
     say({ ready: { heard: task.word } })
     for (let round = 1; !(await lines.next()).done; round++) say({ round: { seconds: round, images: 2, peakMemory: 7 } })`,
  )
  const child = await startChild<{ heard: string }>(program, { word: 'hi' })
  expect(child.ready).toEqual({ heard: 'hi' })
  expect(await child.round()).toEqual({ seconds: 1, images: 2, peakMemory: 7 })
  expect((await child.round()).seconds).toBe(2)
  await child.end()
})

test('what a child says of its failure is the error', async () => {
  const error = { code: 'out-of-memory', message: 'It did not fit.', hint: 'Use less.' }
  const program = scripted(folder, 'failing', `say({ failed: ${JSON.stringify(error)} })`)
  await expect(startChild(program, {})).rejects.toMatchObject(error)
})

test('of a child that ends without a word, the exit code and its last words are told', async () => {
  const program = scripted(folder, 'dying', `console.error('disk on fire'); process.exit(3)`)
  await expect(startChild(program, {})).rejects.toMatchObject({
    code: 'bench-died',
    message: 'dying ended with exit code 3. Last output: disk on fire',
  })
})

test('a child that is killed between rounds is an error of the next round', async () => {
  const program = scripted(
    folder,
    'killed',
    `say({ ready: {} }); await lines.next(); await lines.next(); process.kill(process.pid, 'SIGKILL')`,
  )
  const child = await startChild(program, {})
  await expect(child.round()).rejects.toMatchObject({
    code: 'bench-died',
    message: expect.stringContaining('SIGKILL'),
  })
  await child.end()
})

test('a program that is not there is named', async () => {
  const program = { name: 'The peer', command: join(folder, 'python'), args: [] }
  await expect(startChild(program, {})).rejects.toMatchObject({
    code: 'bench-not-started',
    message: expect.stringContaining(join(folder, 'python')),
  })
})

test('canceling ends the child and the processes that it has started', async () => {
  const program = scripted(
    folder,
    'parent',
    `import { spawn } from 'node:child_process'
     const worker = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'inherit' })
     say({ ready: { pids: [process.pid, worker.pid] } })
     setInterval(() => undefined, 1000)`,
  )
  const controller = new AbortController()
  const child = await startChild<{ pids: number[] }>(program, {}, controller.signal)
  const round = child.round()
  controller.abort()
  await expect(round).rejects.toMatchObject({ code: 'canceled' })
  await child.end()
  for (const pid of child.ready.pids) await gone(pid)
})
