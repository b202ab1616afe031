import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { useHome } from '../../core/jobs/context/home.ts'
import { openRegistry } from '../../core/registry/registry.ts'
import { remove, temporaryFolder } from '../integration/studio.ts'
import { isUnix, onlyUnix } from '../unless.ts'

const folder = temporaryFolder()
const home = join(folder, 'home')
const launcher = resolve('core/cli/vgg-studio.js')
const env = { ...process.env, VGG_STUDIO_HOME: home }
afterAll(() => remove(folder))

/** Its answer is a line for each completion: `value<tab>description`. */
function complete(...words: readonly string[]): string {
  const parameters = [launcher, 'complete', '--', ...words]
  return execFileSync(process.execPath, parameters, { encoding: 'utf8', env })
}

test('a run is completed by its id, with its name beside it', () => {
  const registry = openRegistry(useHome(home).registry)
  const manifest = { root: folder, classes: ['cat', 'dog'], images: [], problems: [], statistics: null }
  registry.datasets.add(manifest as never, { validation: 0, test: 0, seed: 0 })
  const { id } = registry.runs.create({ suggestion: 'flowers-A', dataset: 'd1', recipe: {} })
  registry.close()
  const answer = complete('show', '')
  expect(answer).toContain(`${id}\tflowers-A`)
  expect(answer).toContain('last\t')
})

test('commands, options and their choices are completed', () => {
  expect(complete('eval')).toContain('evaluate\t')
  expect(complete('train', '--sch')).toContain('--schedule\t')
  expect(complete('evaluate', '--views', '')).toContain('dense-offsets')
})

const written = (shell: string): string =>
  execFileSync(process.execPath, [launcher, 'completion', shell], { encoding: 'utf8', env })

test.each([
  ['zsh', /^#compdef vgg-studio$/m],
  ['fish', /^complete -c vgg-studio .*-a /m],
])('the script for %s is one for this program, and asks it what completes', (shell, registers) => {
  expect(written(shell)).toMatch(registers)
  expect(written(shell)).toMatch(/\bcomplete --/)
})

test.skipIf(!isUnix)(`bash completes with the script that is printed for it${onlyUnix}`, () => {
  const script = execFileSync(process.execPath, [launcher, 'completion', 'bash'], { encoding: 'utf8', env })
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(launcher, join(bin, 'vgg-studio'))
  const ask = `COMP_WORDS=(vgg-studio devi); COMP_CWORD=1; COMP_LINE='vgg-studio devi'; COMP_POINT=15
function_name=$(complete -p vgg-studio | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $function_name; echo "\${COMPREPLY[@]}"`
  const answer = execFileSync('bash', ['-c', `${script}\n${ask}`], {
    encoding: 'utf8',
    env: { ...env, PATH: `${bin}${delimiter}${process.env['PATH']}` },
  })
  expect(answer).toContain('devices')
})
