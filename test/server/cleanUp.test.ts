import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { temporaryPath } from '../../core/base/temporary.ts'
import { resolveHome } from '../../core/jobs/context/home.ts'
import { cleanUp } from '../../core/server/cleanUp.ts'
import { remove, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
beforeAll(() => {
  vi.stubEnv('TMPDIR', folder)
  vi.stubEnv('XDG_RUNTIME_DIR', folder)
})
afterAll(() => {
  vi.unstubAllEnvs()
  remove(folder)
})

const deadPid = spawnSync(process.execPath, ['-e', '']).pid
const leftAt = (path: string): string => temporaryPath(path).replace(`.${process.pid}-`, `.${deadPid}-`)

test('a start clears away what killed servers, exports and trainings left behind, and nothing else', async () => {
  const home = resolveHome(join(folder, 'home'))
  const left = [leftAt(join(home.exports, 'r1-onnx')), leftAt(join(home.folder, 'runs/r1/last.safetensors'))]
  const stays = [join(home.exports, 'r1-onnx'), join(home.folder, 'runs/r1/last.safetensors')]
  for (const path of [...left, ...stays]) mkdirSync(path, { recursive: true })
  // A socket that nobody listens to any more: its process was killed.
  const dead = mkdtempSync(join(folder, 'vgg-'))
  const listen = `require('node:net').createServer().listen(${JSON.stringify(join(dead, 's'))}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', listen])
  const living = mkdtempSync(join(folder, 'vgg-'))
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(living, 's'), resolve))
  const foreign = mkdtempSync(join(folder, 'vgg-'))
  writeFileSync(join(foreign, 'thesis.txt'), '')
  await cleanUp(home)
  expect([...left, dead].filter((path) => existsSync(path))).toEqual([])
  expect([...stays, living, foreign].filter((path) => !existsSync(path))).toEqual([])
  server.close()
})
