import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  removeTemporary,
  removeTemporaryFolders,
  temporaryFolder,
  temporaryPath,
} from '../../core/base/temporary.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const ended = spawnSync(process.execPath, ['-e', '']).pid

test('what dead processes were writing goes; what living ones write, and everything else, stays', async () => {
  const folder = newFolder()
  const own = temporaryPath(join(folder, 'last.safetensors'))
  const dead = own.replace(`.${process.pid}-`, `.${ended}-`)
  const elsewhere = own.replace(/-[0-9a-f]{8}-/, '-00000000-')
  const earlier = join(folder, 'r1-onnx.0a1b2c3d.tmp')
  mkdirSync(dead)
  writeFileSync(join(dead, 'model.onnx'), '')
  for (const path of [own, elsewhere, earlier, join(folder, 'notes.tmp')]) writeFileSync(path, '')
  await removeTemporary(folder)
  const stays = [own, elsewhere, earlier, 'notes.tmp'].map((path) => basename(path)).sort()
  expect(readdirSync(folder).sort()).toEqual(stays)
  const yesterday = Date.now() / 1000 - 25 * 3600
  for (const path of [elsewhere, earlier]) utimesSync(path, yesterday, yesterday)
  await removeTemporary(folder, (name) => name === 'r1-onnx')
  expect(readdirSync(folder)).not.toContain(basename(earlier))
  expect(readdirSync(folder)).toContain(basename(elsewhere))
})

test('what a process was writing goes, too, once another program has its id', async () => {
  const folder = newFolder()
  const own = temporaryPath(join(folder, 'last.safetensors'))
  const [, before, start] = /^(.*-)([0-9a-f]{8})-[0-9a-f]{8}\.tmp$/.exec(own)!
  const other = `${before}${start === '00000000' ? '00000001' : '00000000'}-0a1b2c3d.tmp`
  const earlier = `${before!.replace(/-$/, '')}-0a1b2c3d.tmp`
  for (const path of [own, other, earlier]) writeFileSync(path, '')
  await removeTemporary(folder)
  expect(readdirSync(folder).sort()).toEqual([own, earlier].map((path) => basename(path)).sort())
})

test('temporary folders of dead processes go; those of living ones, and other people’s, stay', async () => {
  vi.stubEnv('TMPDIR', newFolder())
  onTestFinished(() => void vi.unstubAllEnvs())
  const own = temporaryFolder('weights')
  const dead = own.replace(`-${process.pid}-`, `-${ended}-`)
  const earlier = join(tmpdir(), 'vgg-studio-graph-a1B2c3')
  const other = join(tmpdir(), 'vgg-studio-test-a1B2c3')
  for (const path of [dead, earlier, other]) mkdirSync(path)
  writeFileSync(join(dead, 'model.npz'), '')
  await removeTemporaryFolders()
  expect(readdirSync(tmpdir()).sort()).toEqual([own, earlier, other].map((path) => basename(path)).sort())
  const yesterday = Date.now() / 1000 - 25 * 3600
  for (const path of [earlier, other]) utimesSync(path, yesterday, yesterday)
  await removeTemporaryFolders()
  expect(readdirSync(tmpdir()).sort()).toEqual([own, other].map((path) => basename(path)).sort())
})
