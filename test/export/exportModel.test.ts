import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../core/engine/index.ts'
import { openOnnxModel } from '../../core/engine/onnxruntime/predictor.ts'
import type { Engine } from '../../core/engine/types.ts'
import { resizeModes } from '../../core/image/types.ts'
import type { Network } from '../../core/network/types.ts'
import { initialize } from '../../core/network/initialize.ts'
import { exportModel, type ExportInput, type ExportResult } from '../../core/export/exportModel.ts'
import { verifyExport } from '../../core/export/verify.ts'
import { drawPictures, type Pictures } from '../evaluation/pictures.ts'
import { type VggOptions, buildVgg } from '../network/build.ts'
import { isLinux, onlyLinux } from '../unless.ts'

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
let root: string
beforeAll(async () => {
  engine = findEngine('onnxruntime')
  pictures = await drawPictures([[90, 120], [300, 201], [64, 64], [101, 77], [333, 48]]) // prettier-ignore
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
  format: 'onnx',
  choices: { preprocessing: 'outside', dense: false, batch: 'any' },
  samples: pictures.paths.map((path, label) => ({ path, name: basename(path), label })),
  out: join(root, name),
  overwrite: false,
  engine,
  loaderOptions: { threads: 1 },
  ...changes,
})

describe('an ONNX export', () => {
  let result: ExportResult
  const file = (name: string): Promise<string> => readFile(join(root, 'plain', name), 'utf8')
  beforeAll(async () => {
    result = await exportModel(input('plain'))
  })

  test('consists of the model, what belongs to it, and programs that use it', async () => {
    expect((await readdir(join(root, 'plain'))).sort()).toEqual([
      ...['MODEL_CARD.md', 'README.md', 'SHA256SUMS', 'browser.ts', 'certificate.json', 'check'],
      ...['classify.py', 'classify.ts', 'index.html', 'labels.txt', 'model.onnx', 'onnx.ts'],
      ...['openOnnx.ts', 'picture.ts', 'preprocess.ts', 'preprocessing.json', 'runtime.js'],
    ])
    expect(result.path).toBe(join(root, 'plain', 'model.onnx'))
    expect(result.files).toContain(join(root, 'plain', 'check', 'plain.jpg'))
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

  test('answers as the network does, from the files on, in runtimes that are not ours', () => {
    const { certificate } = result
    expect(certificate).toMatchObject({ labelled: 5, passed: true, bytes: result.bytes })
    expect(certificate.runtimes.map(({ runtime }) => runtime)).toEqual([
      'onnxruntime-node',
      'onnxruntime-web',
    ])
    for (const { pictures: count, sameTop1, maxDifference, correct } of certificate.runtimes) {
      expect([count, sameTop1]).toEqual([12, 12])
      expect(maxDifference).toBeLessThan(1e-4)
      expect(correct).toBe(certificate.correct)
    }
    expect(certificate.worst).toMatchObject({ difference: expect.any(Number) as number })
  })

  test('has a card that says what is known, and what is not', async () => {
    const card = await file('MODEL_CARD.md')
    expect(card).toContain('ant, bee, Katze, 고양이, line break, "quoted", zebra')
    expect(card).toContain('was not evaluated when it was exported')
    expect(card).toContain('Training started from no weights of others.')
    expect(card).toContain('"run": "quiet-otter"')
  })

  test('can be checked again, and is refused where a file was changed', async () => {
    const folder = join(root, 'plain')
    expect(await verifyExport({ folder })).toMatchObject({ changed: [], passed: true })
    const path = join(folder, 'labels.txt')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.toUpperCase())
    expect(await verifyExport({ folder })).toMatchObject({ changed: ['labels.txt'], passed: false })
    await writeFile(path, text)
  })

  test('is checked again by the command line, which ends with 1 where a file was changed', async () => {
    const folder = join(root, 'plain')
    const verify = () => {
      const program = fileURLToPath(new URL('../../core/cli/vgg-studio.js', import.meta.url))
      const { status, stdout } = spawnSync(process.execPath, [program, 'verify', folder], {
        encoding: 'utf8',
      })
      return { status, lines: stdout.trimEnd().split('\n') }
    }
    const sound = verify()
    expect([sound.status, sound.lines.at(-1)]).toEqual([0, `${folder} computes what was measured.`])
    const path = join(folder, 'MODEL_CARD.md')
    const text = await readFile(path, 'utf8')
    await writeFile(path, `${text}More.\n`)
    const changed = verify()
    await writeFile(path, text)
    expect([changed.status, changed.lines[0]]).toEqual([1, 'MODEL_CARD.md is not what was written.'])
  })

  test('whose preprocessing was changed is found to answer otherwise', async () => {
    const folder = join(root, 'plain')
    const path = join(folder, 'preprocessing.json')
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('120.5', '20.5'))
    const { certificate, changed } = await verifyExport({ folder })
    expect([certificate.passed, changed]).toEqual([false, ['preprocessing.json']])
    await writeFile(path, text)
  })

  test('a folder that is none has no certificate', async () => {
    await expect(verifyExport({ folder: pictures.folder })).rejects.toMatchObject({ code: 'not-an-export' })
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

  test('says the same beside the model, with its recipe', async () => {
    const rules = JSON.parse(await file('preprocessing.json')) as Record<string, unknown>
    expect(rules).toEqual(JSON.parse((await metadataOf(result.path)).preprocessing!))
    expect(rules.recipe).toEqual({ run: 'quiet-otter', epochs: 3 })
  })

  test('has one label a line, also where a name has a line break', async () => {
    expect((await file('labels.txt')).split('\n')).toEqual([
      ...classes.map((name) => (name === 'line\nbreak' ? 'line break' : name)),
      '',
    ])
  })

  test('prints the largest difference in its README', async () => {
    for (const { maxDifference } of result.certificate.runtimes)
      expect(await file('README.md')).toContain(
        `largest difference of a probability ${maxDifference.toExponential(1)} over 12 pictures`,
      )
  })

  test('is replaced by a new one only where that was asked for', async () => {
    await expect(exportModel(input('plain', { scale: 64 }))).rejects.toMatchObject({ code: 'output-exists' })
    const again = await exportModel(input('plain', { scale: 64, overwrite: true }))
    expect(again.path).toBe(result.path)
    expect(JSON.parse(await file('preprocessing.json'))).toMatchObject({ resize: { scale: 64 } })
    await exportModel(input('plain', { overwrite: true }))
  })

  test('does not overwrite a README that is not its own', async () => {
    const folder = join(root, 'project')
    await mkdir(folder)
    await writeFile(join(folder, 'README.md'), 'mine')
    await expect(exportModel(input('project', { overwrite: true }))).rejects.toMatchObject({
      code: 'output-exists',
    })
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('mine')
  })

  test('with a test scale below the crop is refused', async () => {
    const work = exportModel(input('small', { scale: 47 }))
    await expect(work).rejects.toMatchObject({ code: 'invalid-export' })
  })

  test('is compared on its own pictures where no sample can be read', async () => {
    const samples = [{ path: join(root, 'missing.png'), name: 'missing.png', label: 0 }]
    const { certificate } = await exportModel(input('alone', { samples }))
    expect(certificate).toMatchObject({
      labelled: 0,
      passed: true,
      runtimes: [{ pictures: 7 }, { pictures: 7 }],
    })
  })

  test('that does not compute what the network computes fails loudly and leaves nothing behind', async () => {
    const name = 'classifier.6.bias'
    const other = weights.get(name)!
    const data = other.data.map((value, index) => value + (index === 2 ? 0.5 : 0))
    const changed = new Map([...weights, [name, { ...other, data }]])
    const wrong: Engine = {
      ...engine,
      predictor: (network, _, how) => engine.predictor(network, changed, how),
    }
    const work = exportModel(input('wrong', { engine: wrong }))
    await expect(work).rejects.toMatchObject({ code: 'certificate-failed', cause: { passed: false } })
    await expect(work).rejects.toThrow(/onnxruntime-web: largest difference of a probability \d/)
    expect((await readdir(root)).filter((entry) => entry.includes('wrong'))).toEqual([])
  })

  test('that does not fit the disk is refused before anything is computed', async () => {
    const wide: Network = {
      ...network,
      layers: network.layers.map((layer) =>
        layer.kind === 'linear' && layer.outFeatures === 16 ? { ...layer, outFeatures: 2 ** 40 } : layer,
      ),
    }
    const none: Engine = {
      ...engine,
      predictor: () => Promise.reject(new Error('computed')),
    }
    const work = exportModel(input('too-large', { network: wide, weights: new Map(), engine: none }))
    await expect(work).rejects.toMatchObject({
      fact: { code: 'disk-full', values: { what: 'export', folder: root } },
    })
    await expect(work).rejects.toThrow(/^The export needs \d+\.\d GB, and .+ has \d+\.\d GB free\.$/)
    expect((await readdir(root)).filter((entry) => entry.includes('too-large'))).toEqual([])
  })

  test('that is canceled leaves nothing behind', async () => {
    const work = exportModel(input('canceled', { signal: AbortSignal.abort() }))
    await expect(work).rejects.toMatchObject({ code: 'canceled' })
    expect((await readdir(root)).filter((entry) => entry.includes('canceled'))).toEqual([])
  })
})

describe('an export in another form', () => {
  const forms = [
    { name: 'inside', choices: { preprocessing: 'inside', dense: false, batch: 'any' } },
    { name: 'inside, dense', choices: { preprocessing: 'inside', dense: true, batch: 1 } },
    { name: 'outside, dense', choices: { preprocessing: 'outside', dense: true, batch: 'any' } },
    { name: 'outside, one at a time', choices: { preprocessing: 'outside', dense: false, batch: 1 } },
    { name: 'outside, four at a time', choices: { preprocessing: 'outside', dense: false, batch: 4 } },
    { name: 'inside, four at a time', choices: { preprocessing: 'inside', dense: false, batch: 4 } },
    { name: 'dense, four at a time', choices: { preprocessing: 'outside', dense: true, batch: 4 } },
  ] as const
  test.each(forms)('answers as the network does: $name', async ({ name, choices }) => {
    const { certificate } = await exportModel(input(name, { choices }))
    expect(certificate).toMatchObject({ tolerance: 1e-3, passed: true })
  })

  test.each(resizeModes)('prepares pictures inside as evaluation does: %s', async (mode) => {
    const choices = { preprocessing: 'inside', dense: false, batch: 'any' } as const
    const { certificate } = await exportModel(input(`inside ${mode}`, { choices, mode }))
    expect(certificate).toMatchObject({ tolerance: 1e-3, passed: true })
  })
})

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
