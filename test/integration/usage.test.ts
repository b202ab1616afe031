import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, expect, test } from 'vitest'
import { openStudio, remove, temporaryFolder } from './studio.ts'
import { isUnix, onlyUnix } from '../unless.ts'

const studio = openStudio()
const folder = temporaryFolder()
afterAll(() => remove(studio.home, folder))

test.each([
  ['an unknown command', ['polish']],
  ['a configuration that does not exist', ['inspect', 'F']],
  ['a setting that does not exist', ['train', 'd1', '--set', 'network.depth=5']],
])('%s is wrong usage: exit code 2, a sentence, nothing on standard output', async (_, parameters) => {
  const { code, stdout, stderr } = await studio.run(...parameters)
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^Error: .+/)
  expect(stderr).not.toMatch(/\n\s+at /)
})

test('with --json wrong usage is an object as well', async () => {
  const { code, json } = await studio.run('inspect', 'F', '--json')
  expect(code).toBe(2)
  expect(json).toMatchObject({
    event: 'failed',
    error: { code: 'usage', message: expect.stringContaining('F') },
  })
})

test.each([
  ['a run that does not exist', ['show', 'r99'], 'not-found'],
  ['no run at all', ['evaluate', 'last'], 'not-found'],
  ['a data set that does not exist', ['train', 'flowers', '--config', 'A'], 'not-found'],
  ['a folder that does not exist', ['import', '/nowhere/at/all'], 'not-found'],
  ['a folder without images', ['import', folder], 'no-classes'],
  ['a recipe that does not exist', ['train', 'd1', '--recipe', '/nowhere.json'], 'invalid-recipe'],
])('%s is an error: exit code 1, one sentence and a hint', async (_, parameters, errorCode) => {
  const [human, script] = [await studio.run(...parameters), await studio.run(...parameters, '--json')]
  expect([human.code, script.code]).toEqual([1, 1])
  expect(human.stdout).toBe('')
  expect(human.stderr).toMatch(/^Error: [^\n]+[.:]\n/)
  expect(human.stderr).not.toMatch(/\n\s+at /)
  expect(script.json).toMatchObject({
    event: 'failed',
    error: { code: errorCode, message: expect.any(String) },
  })
})

test('inspect gives parameters, multiply-adds and layers', async () => {
  const { code, json, lines } = await studio.run('inspect', 'D', '--json')
  expect(code).toBe(0)
  expect(lines).toHaveLength(1)
  expect(json).toMatchObject({ config: 'D', parameters: 138_357_544, multiplyAdds: 15_470_264_320 })
  const layers = json['layers'] as object[]
  expect(layers[0]).toMatchObject({
    label: 'conv1-1',
    outputShape: [64, 224, 224],
    memory: 12_845_056,
    parameters: 1792,
    weights: 1728,
    multiplyAdds: 86_704_128,
    receptiveField: 3,
  })
  expect(json['trainingMemory']).toMatchObject({ total: expect.any(Number) })
})

test('inspect --head-only estimates for training the head alone', async () => {
  const flags = ['inspect', 'D', '--crop', '128', '--classes', '8', '--set', 'head=linear']
  const memory = async (...more: string[]) => {
    const { json } = await studio.run(...flags, ...more, '--json')
    return json['trainingMemory'] as { gradients: number; total: number }
  }
  const [whole, head] = [await memory(), await memory('--head-only')]
  // Eight rows of 512 weights and a bias.
  expect(head.gradients).toBe(4 * 8 * 513)
  expect(head.total).toBeLessThan(whole.total / 2)
  const { stdout } = await studio.run(...flags, '--head-only')
  expect(stdout).toContain('Memory for computing features once and training the head on them with 32 images')
})

test('inspect knows AlexNet, with response normalization and as torchvision has it', async () => {
  const { stdout } = await studio.run('inspect', 'alexnet')
  expect(stdout).toMatch(/^AlexNet, 1,000 classes, input 3×227×227\n61,100,840 parameters/)
  expect(stdout).toMatch(/conv1 +64×56×56 +784\.0 +23\.3 +23\.2 +72\.9 +11\n/)
  const labels = async (...flags: string[]): Promise<string[]> => {
    const { json } = await studio.run('inspect', 'alexnet', ...flags, '--json')
    expect(json).toMatchObject({ family: 'alexnet', parameters: 61_100_840, unsupported: null })
    return (json['layers'] as { label: string }[]).map(({ label }) => label)
  }
  expect(await labels()).toContain('lrn2')
  expect(await labels('--set', 'lrn=false')).not.toContain('lrn2')
})

test('inspect refuses settings that the family does not have, and says what an engine can’t train', async () => {
  const { code, stderr } = await studio.run('inspect', 'alexnet', '--set', 'batchNorm=true')
  expect(code).toBe(2)
  expect(stderr).toContain('batchNorm')
  const wide = ['inspect', 'D', '--width-multiplier', '4', '--classes', '2', '--engine', 'onnxruntime']
  const { stdout } = await studio.run(...wide, '--device', 'webgpu')
  expect(stdout).toMatch(/ONNX Runtime WebGPU can’t train layer conv1-1: it would need a buffer of 1\.53 GiB/)
})

test('inspect prints the table of layers', async () => {
  const { stdout } = await studio.run('inspect', 'D', '--crop', '224', '--classes', '10', '--batch', '16')
  expect(stdout).toMatch(/conv1-1 +64×224×224 +12,544\.0 +1\.8 +1\.7 +86\.7 +3\n/)
  expect(stdout).toMatch(/fc8 +10 +0\.0 +41\.0 +41\.0 +0\.0/)
  expect(stdout).toContain('Memory for training with 16 images at once')
})

// Each device is tried in a process of its own.
test(
  'devices tells what can compute, and nothing is made in the home folder for it',
  { timeout: 180_000 },
  async () => {
    const { code, json } = await studio.run('devices', '--json')
    expect(code).toBe(0)
    expect(json['devices']).toContainEqual(expect.objectContaining({ id: 'cpu', usable: true }))
  },
)

test('a registry of a newer version is refused and stays as it was', async () => {
  const home = join(folder, 'newer')
  mkdirSync(home)
  const file = join(home, 'registry.sqlite')
  const database = new Database(file)
  database.pragma('user_version = 999')
  database.close()
  const before = readFileSync(file)
  const newer = openStudio(home)
  for (const parameters of [['runs'], ['train', folder, '--config', 'A'], ['delete', 'r1']]) {
    const { code, json } = await newer.run(...parameters, '--json')
    expect(code).toBe(1)
    expect(json).toMatchObject({ event: 'failed', error: { code: 'registry-newer' } })
  }
  expect(readFileSync(file)).toEqual(before)
  expect(readdirSync(home)).toEqual(['registry.sqlite'])
})

test('VGG_STUDIO_HOME says where the data goes, where --home does not', async () => {
  const launcher = fileURLToPath(new URL('../../core/cli/vgg-studio.js', import.meta.url))
  const home = join(folder, 'from environment')
  const env = { ...process.env, VGG_STUDIO_HOME: home }
  const stdout = execFileSync(process.execPath, [launcher, 'runs', '--json'], { env, encoding: 'utf8' })
  expect(JSON.parse(stdout)).toEqual({ runs: [] })
  expect(readdirSync(home)).toContain('registry.sqlite')
})

test.skipIf(!isUnix)(`output that nobody reads to its end is no error${onlyUnix}`, () => {
  const launcher = fileURLToPath(new URL('../../core/cli/vgg-studio.js', import.meta.url))
  const script = `"${process.execPath}" "${launcher}" inspect E --json | head -c 1; echo "$\{PIPESTATUS[0]}"`
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('{0\n')
})

test('the launcher finds the bundled Node, whichever Node runs it', () => {
  const launcher = fileURLToPath(new URL('../../core/cli/vgg-studio.js', import.meta.url))
  // What an older Node would do: version 20, as far as the launcher can see.
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '20.0.0' })`
  const file = join(folder, 'pretend.mjs')
  writeFileSync(file, pretend)
  const stdout = execFileSync(process.execPath, ['--import', file, launcher, 'inspect', 'A', '--json'], {
    encoding: 'utf8',
  })
  expect(JSON.parse(stdout)).toMatchObject({ parameters: 132_863_336 })
  expect(dirname(launcher)).toMatch(/cli$/)
})
