import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleCore, entries } from '../../electron/packaging/bundle.ts'

const root = join(import.meta.dirname, '../..')
const core = join(root, 'core')
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vgg-bundle-'))
  await bundleCore(core, join(folder, 'core'))
  for (const name of ['package.json', 'resources']) symlinkSync(join(root, name), join(folder, name))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  cpSync(join(core, 'cli/vgg-studio.js'), join(folder, 'core/cli/vgg-studio.js'))
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('each module that a process or a thread of core starts from is an entry', () => {
  const asked = readdirSync(core, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const source = readFileSync(join(core, file), 'utf8')
      const paths = source.matchAll(/moduleUrl\(import\.meta\.url, '([^']+)'\)/g)
      return [...paths].map(([, path]) => join(dirname(file), path!))
    })
  expect(asked.length).toBeGreaterThan(4)
  expect(entries).toEqual(expect.arrayContaining(asked))
})

test('a command and the modules that it starts find their files in the bundle', () => {
  const studio = (...args: string[]): string =>
    execFileSync(
      process.execPath,
      [join(folder, 'core/cli/vgg-studio.js'), ...args, '--home', join(folder, 'home')],
      {
        encoding: 'utf8',
      },
    )
  studio('import', join(folder, 'resources/sample/clipart'))
  const small = ['--preset', 'small-images', '--set', 'network.widthMultiplier=0.125', '--epochs', '1']
  const where = ['--engine', 'onnxruntime', '--device', 'cpu', '--precision', 'fp32']
  const trained = studio('train', 'clipart', ...small, ...where, '--json')
  expect(trained.trim().split('\n').at(-1)).toContain('"completed"')
  expect(studio('train', '--help')).toContain('learningRate')
})
