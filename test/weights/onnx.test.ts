import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import protobuf from 'protobufjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../core/engine/index.ts'
import { openOnnxModel } from '../../core/engine/onnxruntime/predictor.ts'
import type { Engine } from '../../core/engine/types.ts'
import { predict } from '../../core/evaluation/predict.ts'
import { resizeModes, type ResizeMode } from '../../core/image/types.ts'
import { initialize } from '../../core/network/initialize.ts'
import { exportOnnx, type ExportInput, type ExportResult } from '../../core/weights/onnx.ts'
import { drawOddPictures, drawPictures, type Pictures } from '../evaluation/pictures.ts'
import { type VggOptions, buildVgg } from '../network/build.ts'
import { isLinux, onlyLinux, unless } from '../unless.ts'

const options: VggOptions = {
  config: 'A',
  classes: 7,
  crop: 48,
  batchNorm: true,
  dropout: 0.5,
  head: 'fc',
  fcWidth: 16,
  widthMultiplier: 1 / 16,
}
const network = buildVgg(options)
const weights = initialize(network, 'he', 4)
const classes = ['ant', 'bee', 'Katze', '고양이', 'line\nbreak', '"quoted"', 'zebra']
const normalization = { mean: [120.5, 110.25, 100], std: [60, 61, 62] } as const

let engine: Engine
let pictures: Pictures
let odd: readonly string[]
let root: string
beforeAll(async () => {
  engine = findEngine('onnxruntime')
  pictures = await drawPictures([[90, 120], [300, 201], [64, 64], [101, 77], [333, 48]]) // prettier-ignore
  odd = await drawOddPictures(pictures.folder)
  root = await mkdtemp(join(tmpdir(), 'vgg-export-'))
})
afterAll(async () => {
  await pictures.remove()
  await rm(root, { recursive: true })
})

const input = (name: string, changes: Partial<ExportInput> = {}): ExportInput => ({
  network,
  weights,
  classes,
  normalization,
  mode: 'crop',
  scale: 60,
  recipe: { run: 'quiet-otter', epochs: 3 },
  samples: pictures.paths,
  out: join(root, name),
  engine,
  loaderOptions: { threads: 1 },
  ...changes,
})

describe('an ONNX export', () => {
  let result: ExportResult
  const file = (name: string): Promise<string> => readFile(join(root, 'plain', name), 'utf8')
  beforeAll(async () => {
    result = await exportOnnx(input('plain'))
  })

  test('consists of the model, its labels, its preprocessing and a README', async () => {
    expect((await readdir(join(root, 'plain'))).sort()).toEqual([
      'README.md',
      'SHA256SUMS',
      'labels.txt',
      'model.onnx',
      'preprocessing.json',
    ])
    expect(result.path).toBe(join(root, 'plain', 'model.onnx'))
    expect(result.files).toHaveLength(5)
    expect(result.bytes).toBe((await stat(result.path)).size)
  })

  test.skipIf(!isLinux)(`says of each file what it must be, as sha256sum checks it${onlyLinux}`, () => {
    const check = (): number | null =>
      spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: join(root, 'plain') }).status
    expect(check()).toBe(0)
    const labels = join(root, 'plain', 'labels.txt')
    const text = readFileSync(labels)
    writeFileSync(labels, text.toString().replace('a', 'b').replace('o', 'p'))
    expect(check()).toBe(1)
    writeFileSync(labels, text)
  })

  test('computes on real images what the network computes', () => {
    expect(result.parity).toMatchObject({ images: 5, source: 'samples', sameTop1: 5, passed: true })
    expect(result.parity.maxDifference).toBeLessThan(1e-4)
  })

  test('takes any number of images at once', async () => {
    const predictor = await openOnnxModel(result.path)
    for (const count of [1, 3]) {
      const images = { shape: [count, 3, 48, 48], data: new Float32Array(count * 3 * 48 * 48) }
      expect((await predictor.logits(images)).shape).toEqual([count, 7])
    }
    await predictor.dispose()
  })

  test('carries labels and preprocessing in the model’s metadata', async () => {
    const entries = await metadataOf(result.path)
    expect(JSON.parse(entries.labels!)).toEqual(classes)
    expect(JSON.parse(entries.mean!)).toEqual(normalization.mean)
    expect(JSON.parse(entries.std!)).toEqual(normalization.std)
    expect(JSON.parse(entries.value_range!)).toEqual([0, 255])
    expect(JSON.parse(entries.resize!)).toMatchObject({ mode: 'crop', scale: 60, kernel: 'linear' })
    expect(JSON.parse(entries.crop!)).toMatchObject({ width: 48, height: 48 })
    expect(entries).toMatchObject({ color_order: 'RGB', layout: 'NCHW' })
    expect(entries.description).toMatch(/VGG A.*48×48.*7 classes/)
  })

  test('says the same beside the model, with recipe and parity', async () => {
    const { parity, ...rules } = JSON.parse(await file('preprocessing.json')) as Record<string, unknown>
    expect(rules).toEqual(JSON.parse((await metadataOf(result.path)).preprocessing!))
    expect(parity).toEqual(result.parity)
    expect(rules.recipe).toEqual({ run: 'quiet-otter', epochs: 3 })
  })

  test('has one label a line, also where a name has a line break', async () => {
    expect((await file('labels.txt')).split('\n')).toEqual([
      ...classes.map((name) => (name === 'line\nbreak' ? 'line break' : name)),
      '',
    ])
  })

  test('prints the largest difference in its README', async () => {
    expect(await file('README.md')).toContain(
      `largest difference ${result.parity.maxDifference.toExponential(1)} over 5 images`,
    )
  })

  test('keeps ONNX Runtime from reporting to its maker in both programs', async () => {
    const readme = await file('README.md')
    for (const [setting, loading] of [
      ['os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")', 'import onnxruntime'],
      ["process.env.ORT_DISABLE_TELEMETRY ??= '1'", "import('onnxruntime-node')"],
    ] as const) {
      expect(readme).toContain(setting)
      expect(readme.indexOf(setting)).toBeLessThan(readme.indexOf(loading))
    }
  })

  test('may be replaced by a new one', async () => {
    const again = await exportOnnx(input('plain', { scale: 64 }))
    expect(again.path).toBe(result.path)
    expect(JSON.parse(await file('preprocessing.json'))).toMatchObject({ resize: { scale: 64 } })
    await exportOnnx(input('plain'))
  })

  test('does not overwrite a README that is not its own', async () => {
    const folder = join(root, 'project')
    await mkdir(folder)
    await writeFile(join(folder, 'README.md'), 'mine')
    await expect(exportOnnx(input('project'))).rejects.toMatchObject({ code: 'output-exists' })
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('mine')
  })

  test('with a test scale below the crop is refused', async () => {
    const work = exportOnnx(input('small', { scale: 47 }))
    await expect(work).rejects.toMatchObject({ code: 'invalid-export' })
  })

  test('is compared on random inputs where no sample can be read, and says so', async () => {
    const { parity } = await exportOnnx(input('noise', { samples: [join(root, 'missing.png')] }))
    expect(parity).toMatchObject({ source: 'noise', images: 8, passed: true })
    expect(await readFile(join(root, 'noise', 'README.md'), 'utf8')).toContain('over 8 random inputs')
  })

  test('is compared on the samples that can be read', async () => {
    const samples = [join(root, 'missing.png'), ...pictures.paths]
    const { parity } = await exportOnnx(input('some', { samples }))
    expect(parity).toMatchObject({ source: 'samples', images: 5, passed: true })
  })

  test('that does not compute what the network computes fails loudly and leaves nothing behind', async () => {
    const name = 'classifier.6.bias'
    const other = weights.get(name)!
    const changed = new Map([...weights, [name, { ...other, data: other.data.map((value) => value + 0.5) }]])
    const wrong: Engine = {
      ...engine,
      predictor: (network, _, how) => engine.predictor(network, changed, how),
    }
    const work = exportOnnx(input('wrong', { engine: wrong }))
    await expect(work).rejects.toMatchObject({ code: 'parity-failed', cause: { passed: false } })
    await expect(work).rejects.toThrow(/largest difference 5\.0e-1 over 5 images/)
    expect((await readdir(root)).filter((entry) => entry.includes('wrong'))).toEqual([])
  })

  test('that is canceled leaves nothing behind', async () => {
    const work = exportOnnx(input('canceled', { signal: AbortSignal.abort() }))
    await expect(work).rejects.toMatchObject({ code: 'canceled' })
    expect((await readdir(root)).filter((entry) => entry.includes('canceled'))).toEqual([])
  })
})

describe.each(resizeModes)('the programs in its README, for images made square by %s,', (mode) => {
  const folder = (): string => join(root, `programs-${mode}`)
  beforeAll(async () => {
    await exportOnnx(input(`programs-${mode}`, { mode }))
  })

  test('give in Node.js what prediction gives', async () => {
    await symlink(resolve('node_modules'), join(folder(), 'node_modules'), 'junction')
    await extract('js', 'classify.mjs')
    // Rounding to levels differs by one here and there.
    await expectSame(process.execPath, 'classify.mjs', 1e-3)
  })

  // A Python with onnxruntime, onnx, numpy and pillow: VGG_STUDIO_PYTHON=/path/to/python
  const python = process.env.VGG_STUDIO_PYTHON
  const noPython = unless(python !== undefined, 'VGG_STUDIO_PYTHON names none')
  test.skipIf(!python)(`give in Python what prediction gives${noPython}`, async () => {
    await extract('python', 'classify.py')
    // Besides, libvips rounds half-transparent pixels down, Pillow to the nearest.
    await expectSame(python!, 'classify.py', 5e-3)
  })

  test.skipIf(!python)(`come with a model that ONNX’s own checker accepts${noPython}`, async () => {
    const check = "import onnx; onnx.checker.check_model('model.onnx', full_check=True); print('accepted')"
    expect(await run(python!, ['-c', check])).toBe('accepted\n')
  })

  async function extract(language: string, name: string): Promise<void> {
    const readme = await readFile(join(folder(), 'README.md'), 'utf8')
    const [, program] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(readme)!
    await writeFile(join(folder(), name), program!)
  }

  /** Each class that is printed has the probability of the prediction; so has each place. */
  async function expectSame(command: string, program: string, tolerance: number): Promise<void> {
    const paths = [pictures.paths[1]!, ...odd]
    const expected = await predictions(mode, paths)
    for (const [index, path] of paths.entries()) {
      const printed = await run(command, [program, path])
      const lines = printed.replace('line\nbreak', 'line break').trimEnd().split('\n')
      expect(lines).toHaveLength(5)
      lines.forEach((line, place) => {
        const [probability, name] = line.split('  ')
        const same = expected[index]!.find((entry) => entry.name.replace('\n', ' ') === name)
        expect(Math.abs(Number(probability) - expected[index]![place]!.probability)).toBeLessThan(tolerance)
        expect(Math.abs(Number(probability) - same!.probability)).toBeLessThan(tolerance)
      })
    }
  }

  async function run(command: string, args: readonly string[]): Promise<string> {
    return (await promisify(execFile)(command, args, { cwd: folder() })).stdout
  }
})

async function predictions(mode: ResizeMode, files: readonly string[]) {
  const protocol = { views: 'center', scales: [60], flips: false, crop: 48, mode } as const
  const model = { network, weights, classes, normalization, engine, protocol }
  const result = await predict({ ...model, files })
  return result.predictions.map((prediction) => prediction.classes)
}

async function metadataOf(path: string): Promise<Record<string, string>> {
  const { root: schema } = protobuf.parse(
    `syntax = "proto3"; message Entry { string key = 1; string value = 2; }
     message Model { repeated Entry metadata_props = 14; }`,
    { keepCase: true },
  )
  const model = schema.lookupType('Model').decode(await readFile(path))
  const { metadata_props: entries } = model as unknown as {
    metadata_props: readonly { key: string; value: string }[]
  }
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]))
}
