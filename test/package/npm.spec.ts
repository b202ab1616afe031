import { expect, test } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

/** `npm pack` and a global install in an empty prefix, by whatever Node this machine has. */
const root = resolve(import.meta.dirname, '../..')
let work: string
test.beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'vgg-npm-'))
})
test.afterAll(() => rmSync(work, { recursive: true, force: true }))

/** The machine’s own, without what npm and this checkout have put in front. */
const path = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter)

test('npm’s package works after a global install in an empty prefix: imports, trains, predicts', () => {
  test.setTimeout(900_000)
  execFileSync('node', ['electron/package.ts', '--npm'], { cwd: root, stdio: 'inherit' })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const packed = join(root, `dist/vgg-studio-${version}.tgz`)
  const prefix = join(work, 'prefix')
  const env = { PATH: path, HOME: work, VGG_STUDIO_HOME: join(work, 'studio') }
  const options = ['--global', '--prefix', prefix, '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync('npm', ['install', ...options, packed], {
    cwd: work,
    env: { ...process.env, HOME: work },
    stdio: 'inherit',
  })
  const windows = process.platform === 'win32'
  const program = windows ? join(prefix, 'vgg-studio.cmd') : join(prefix, 'bin', 'vgg-studio')
  const studio = (...args: string[]): string =>
    execFileSync(program, args, { cwd: work, env, encoding: 'utf8', shell: windows })

  expect(studio('--version').trim()).toBe(version)
  const sample = join(root, 'resources/sample/clipart')
  const settings = ['--preset', 'small-images', '--set', 'network.widthMultiplier=0.125', '--epochs', '1']
  const where = ['--engine', 'onnxruntime', '--device', 'cpu', '--precision', 'fp32']
  const lines = studio('train', sample, ...settings, ...where, '--json')
    .trim()
    .split('\n')
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ event: 'completed', run: 'r1' })
  const answer = JSON.parse(studio('predict', 'last', join(sample, 'fruit/apple.png'), '--json')) as object
  expect(answer).toMatchObject({ predictions: [{ classes: expect.anything() }], failures: [] })
})
