import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { generatePictures } from '../../core/bench/pictures.ts'
import { benchmarks } from '../../core/bench/benchmarks.ts'
import { openStudio, remove, temporaryFolder } from '../integration/studio.ts'
import { unless } from '../unless.ts'

const folder = temporaryFolder()
const studio = openStudio()
afterAll(() => remove(folder, studio.home))

const number = expect.any(Number)

test('--json gives one object a work, with the names that others read', async () => {
  await generatePictures(folder, 8)
  const options = ['--files', folder, '--rounds', '2', '--json']
  const { code, lines } = await studio.run('bench', 'pipeline-first-224', ...options)
  expect(code).toBe(0)
  expect(lines).toEqual([
    {
      work: 'pipeline-first-224',
      engine: 'none',
      device: 'cpu',
      precision: 'fp32',
      threads: 2,
      secondsPerImage: number,
      peakMemory: number,
      peerSecondsPerImage: null,
      peerPeakMemory: null,
      ratio: null,
      rounds: 2,
      spread: { secondsPerImage: [number, number], peerSecondsPerImage: null, ratio: null },
      peer: null,
    },
  ])
})

test('the benchmarks have the names that are agreed', () => {
  expect(benchmarks.map(({ name }) => name)).toEqual([
    'step-D-224-b16',
    'step-A-64-b32',
    'step-alexnet-227-b32',
    'step-resnet50-224-b16',
    'step-googlenet-224-b16',
    'inference-D-224-b16',
    'dense-D',
    'grid150-D',
    'pipeline-first-224',
    'pipeline-cached-224',
    ...['resized', 'rotation', 'colors', 'blur', 'erasing', 'mixup'].map((name) => `pipeline-${name}-224`),
  ])
})

test('another work is wrong usage, and those that there are are named', async () => {
  const { code, stderr } = await studio.run('bench', 'step-Z')
  expect(code).toBe(2)
  expect(stderr).toContain('pipeline-first-224')
})

test('a peer that is not there, or no Python, is an error before anything is measured', async () => {
  for (const python of [join(folder, 'python'), process.execPath]) {
    const { code, json } = await studio.run('bench', 'pipeline-first-224', '--peer', python, '--json')
    expect(code).toBe(1)
    expect(json).toMatchObject({ error: { code: 'no-python', message: expect.stringContaining(python) } })
  }
})

const hasPython = spawnSync('python3', ['--version']).status === 0

const noPython = unless(hasPython, 'there is no python3')

test.skipIf(!hasPython)(`a Python without torch: the line that installs it${noPython}`, async () => {
  // Whatever the Python has, it finds this first.
  const modules = join(folder, 'modules')
  mkdirSync(modules)
  writeFileSync(
    join(modules, 'torch.py'),
    `raise ModuleNotFoundError("No module named 'torch'", name='torch')\n`,
  )
  const before = process.env['PYTHONPATH']
  process.env['PYTHONPATH'] = modules
  const { code, json } = await studio.run('bench', '--peer', 'python3', '--json')
  if (before === undefined) delete process.env['PYTHONPATH']
  else process.env['PYTHONPATH'] = before
  expect(code).toBe(1)
  expect(json).toMatchObject({
    error: {
      code: 'no-torch',
      message: expect.stringContaining("'torch'"),
      hint: expect.stringContaining('python3 -m pip install torch torchvision pillow'),
    },
  })
})
