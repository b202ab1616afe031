import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/**
 * A family that has none of the settings that today's have: no width, no dropout, no batch normalization, one linear
 * layer. It is added to a copy of the sources as CONTRIBUTING.md says: its file, its name, its line.
 */
const entry = `
import * as z from 'zod'
import { chain, convolution, linear, maxPool, relu } from '../chain.ts'
import { moduleDefault } from '../initializationScheme.ts'
import type { Network } from '../types.ts'
import type { Architecture } from './entry.ts'
import { configs } from './names.ts'

const schema = z.strictObject({
  family: z.literal('tiny'),
  config: z.enum(configs.tiny).default(configs.tiny[0]),
  filters: z.int().min(1).default(4),
})
type TinySpec = z.output<typeof schema>

function build({ config, filters }: TinySpec, classes: number, crop: number): Network {
  const layers = chain([
    convolution('stem.conv', 'conv1', filters, 3),
    relu('stem.relu', 'relu1'),
    maxPool('stem.pool', 'pool1', 2, 2),
    { kind: 'globalAveragePool', name: 'pool', label: 'average' },
    linear('output', 'output', classes),
  ])
  return {
    name: config,
    title: 'Tiny',
    input: [3, crop, crop],
    classes,
    layers,
    outputs: [{ layer: 'output', role: 'logits', lossWeight: 1 }],
  }
}

export const tiny: Architecture<TinySpec> = {
  family: 'tiny',
  title: 'Tiny',
  schema,
  crop: { usual: 32, least: 2, step: 2 },
  build,
  titleOf: () => 'Tiny',
  shortName: ({ config }) => config,
  widthOf: () => 1,
  torchvision: { convolution: moduleDefault, linear: moduleDefault },
  defaultInitialization: () => 'torchvision',
  staged: null,
  externalNames: { torchvision: { model: () => null } },
  headSettings: [],
  linearHead: (spec) => spec,
  ofFile: null,
  ofNames: () => null,
  ofHead: () => null,
  recipe: { data: { crop: 32 } },
  cards: {},
  settings: [{ setting: 'filters', kind: 'number', min: 1, max: null, step: 1 }],
  savings: { classifier: () => [], channels: () => [], settings: ['filters'] },
  advice: {
    stuck: () => ({ first: [], later: [] }),
    overfitting: () => ({ first: [], later: [{ what: 'smaller-network' }] }),
  },
}
`

const root = fileURLToPath(new URL('../../..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'vgg-new-family-'))
const run = promisify(execFile)

function edit(file: string, from: string, to: string): void {
  const path = join(copy, 'core/network/architectures', file)
  const text = readFileSync(path, 'utf8')
  expect(text, `${file} has ${from}`).toContain(from)
  writeFileSync(path, text.replace(from, to))
}

const studio = (...args: readonly string[]) =>
  run(process.execPath, ['core/cli/vgg-studio.js', ...args], {
    cwd: copy,
    env: { ...process.env, VGG_STUDIO_HOME: join(copy, 'home') },
  })

describe('a family that comes new', () => {
  beforeAll(() => {
    for (const part of ['core', 'electron', 'resources', 'package.json', 'tsconfig.json'])
      cpSync(join(root, part), join(copy, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    writeFileSync(join(copy, 'core/network/architectures/tiny.ts'), entry)
    edit('names.ts', `  vgg: [`, `  tiny: ['tiny'],\n  vgg: [`)
    edit('index.ts', `import { vgg }`, `import { tiny } from './tiny.ts'\nimport { vgg }`)
    edit('index.ts', `entries = { vgg,`, `entries = { tiny, vgg,`)
  })
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  test('compiles with its file, its name and its line alone', async () => {
    const config = { extends: './tsconfig.json', include: ['core', 'electron'] }
    writeFileSync(join(copy, 'tsconfig.core.json'), JSON.stringify(config))
    const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.core.json', '--incremental', 'false']
    const errors = await run(process.execPath, tsc, { cwd: copy }).catch(({ stdout }) => ({ stdout }))
    expect(errors.stdout).toBe('')
  })

  test('is inspected, trained, evaluated, compared and exported', async () => {
    expect((await studio('inspect', 'tiny', '--set', 'filters=3')).stdout).toContain('Tiny')
    await studio('import', 'resources/sample/clipart', '--name', 'clipart')
    await studio('train', 'clipart', '--config', 'tiny', '--epochs', '1', '--batch', '32')
    await studio(
      'train',
      'clipart',
      '--config',
      'tiny',
      '--from',
      'r1',
      '--preset',
      'fine-tune',
      '--epochs',
      '1',
    )
    await studio('evaluate', 'r1', 'r2', '--views', 'dense')
    expect((await studio('compare', 'r1', 'r2')).stdout).toContain('initialization.from')
    const { stdout } = await studio('export', 'r1', '--format', 'onnx', '--out', join(copy, 'exported'))
    expect(stdout).toContain('onnx')
  })

  test('is refused with what its own file says', async () => {
    const { stderr } = await studio('inspect', 'tiny', '--set', 'filters=0').catch((error) => error)
    expect(stderr).toContain('filters')
  })
})
