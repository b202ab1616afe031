import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { random } from '../../core/base/random.ts'
import { findEngine } from '../../core/engine/index.ts'
import { denseForm } from '../../core/evaluation/forms.ts'
import { exportModel, type ExportInput } from '../../core/export/exportModel.ts'
import { openModel, sourceOf, type Runtime } from '../../core/export/loaders/tfjs.ts'
import type { Rules } from '../../core/export/loaders/preprocess.ts'
import { verifyExport } from '../../core/export/verify.ts'
import { deployedNetwork } from '../../core/graph/tensorflow/deployed.ts'
import { graphModel } from '../../core/graph/tensorflow/graphModel.ts'
import { weightValues } from '../../core/graph/tensorflow/packedWeights.ts'
import { constant } from '../../core/graph/tensorflow/variables.ts'
import { tensorflowWriter } from '../../core/graph/tensorflow/writer.ts'
import { resizeModes } from '../../core/image/types.ts'
import { denseWeights } from '../../core/network/dense.ts'
import { initialize } from '../../core/network/initialize.ts'
import type { Network } from '../../core/network/types.ts'
import { withoutAuxiliary } from '../../core/network/withoutAuxiliary.ts'
import type { Tensors } from '../../core/base/tensor.ts'
import { drawPictures, type Pictures } from '../evaluation/pictures.ts'
import { buildVgg } from '../network/build.ts'
import { describedNetworks } from '../network/describedNetworks.ts'
import { disturbed } from '../network/disturbed.ts'
import { unless } from '../unless.ts'

const engine = findEngine('onnxruntime')
const required = createRequire(import.meta.url)
const backends = ['wasm', 'cpu'] as const

interface Core extends Runtime {
  setBackend(name: string): Promise<boolean>
  memory(): { readonly numTensors: number }
}

/** TensorFlow.js with that back end. */
async function runtime(backend: string): Promise<Core> {
  const core = required('@tensorflow/tfjs-core') as Core
  const { loadGraphModel } = required('@tensorflow/tfjs-converter') as Runtime
  required(`@tensorflow/tfjs-backend-${backend}`)
  expect(await core.setBackend(backend)).toBe(true)
  return { ...core, loadGraphModel }
}

interface Images {
  readonly data: Float32Array
  readonly shape: readonly [images: number, height: number, width: number, channels: number]
}

/** Logits by TensorFlow.js, of the model as it would be written. */
async function graphLogits(
  backend: string,
  { network, weights, anySize }: { network: Network; weights: Tensors; anySize: boolean },
  { data, shape }: Images,
): Promise<Float32Array> {
  const writer = tensorflowWriter()
  const signature = deployedNetwork(writer, network, anySize, ({ name }) =>
    constant(writer, name, weights.get(name)!),
  )
  const options = { weights: 'float32', folder: 'weights', metadata: {} } as const
  const { description, files } = graphModel(writer.nodes, signature, options)
  const tf = await runtime(backend)
  const source = sourceOf(JSON.stringify(description), (name) =>
    Promise.resolve(Uint8Array.from(files.get(name)!).buffer),
  )
  const rules = { input: { name: 'images' }, output: { name: 'logits' } } as Rules
  const model = await openModel(tf, source, rules)
  return model.run({ type: 'float32', data, shape })
}

function someImages(height: number, width: number): Images {
  const source = random(34)
  const data = Float32Array.from({ length: 2 * height * width * 3 }, () => source.uniform() * 2 - 1)
  return { data, shape: [2, height, width, 3] }
}

/** The same N×3×H×W. */
function channelsFirst({ data, shape: [count, height, width, channels] }: Images) {
  const size = height * width
  const values = new Float32Array(data.length)
  for (let image = 0; image < count; image++)
    for (let pixel = 0; pixel < size; pixel++)
      for (let channel = 0; channel < channels; channel++)
        values[(image * channels + channel) * size + pixel] =
          data[(image * size + pixel) * channels + channel]!
  return { shape: [count, channels, height, width], data: values }
}

/** Largest difference of a logit from ours, over the largest. */
async function difference(
  backend: string,
  network: Network,
  weights: Tensors,
  images: Images,
  anySize = false,
) {
  const predictor = await engine.predictor(network, weights, { precision: 'fp32' })
  const { data: own } = await predictor.logits(channelsFirst(images))
  await predictor.dispose()
  const logits = await graphLogits(backend, { network, weights, anySize }, images)
  expect(logits).toHaveLength(own.length)
  const largest = Math.max(...own.map(Math.abs))
  return Math.max(...own.map((value, index) => Math.abs(value - logits[index]!))) / largest
}

describe.each(backends)('as a graph model on TensorFlow.js’s back end %s', (backend) => {
  test.each(Object.entries(describedNetworks()))('%s gives the logits of the network', async (_, trained) => {
    const network = withoutAuxiliary(trained)
    const [, height, width] = network.input
    expect(await difference(backend, network, disturbed(trained), someImages(height, width))).toBeLessThan(
      1e-4,
    )
  })
})

// Random and sensitive on purpose: one that is hardly trained says the same of every image.
const network = buildVgg({
  ...{ config: 'A', classes: 5, crop: 48, batchNorm: true, dropout: 0.5 },
  ...{ head: 'fc', fcWidth: 16, widthMultiplier: 1 / 16 },
})
const model = {
  ...{ network, weights: initialize(network, 'he', 4), classes: ['ant', 'bee', 'cat', 'dog', 'elk'] },
  normalization: { mean: [120.5, 110.25, 100], std: [60, 61, 62] },
} as const

test.each(backends)('the dense form takes images of any size, on the back end %s', async (backend) => {
  const [dense, weights] = [denseForm(network, 'dense'), denseWeights(network, model.weights)]
  expect(await difference(backend, dense, weights, someImages(61, 83), true)).toBeLessThan(1e-4)
})

test.each(backends)(
  'no tensor stays behind when images were classified, on the back end %s',
  async (backend) => {
    const { weights } = model
    await graphLogits(backend, { network, weights, anySize: false }, someImages(48, 48))
    const tf = await runtime(backend)
    const before = tf.memory().numTensors
    await graphLogits(backend, { network, weights, anySize: false }, someImages(48, 48))
    const own = tf.memory().numTensors - before
    await graphLogits(backend, { network, weights, anySize: false }, someImages(48, 48))
    // Each model keeps its weights, and nothing else.
    expect(tf.memory().numTensors - before).toBe(2 * own)
  },
)

describe('an export for TensorFlow.js', () => {
  let root: string
  let pictures: Pictures
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vgg-graph-model-'))
    pictures = await drawPictures([[90, 120], [300, 201], [64, 64], [101, 77], [333, 48]]) // prettier-ignore
  })
  afterAll(async () => {
    await pictures.remove()
    await rm(root, { recursive: true })
  })

  const written = (name: string, changes: Partial<ExportInput> = {}, choices: object = {}) =>
    exportModel({
      ...{ ...model, engine, format: 'tfjs', mode: 'crop', scale: 60, overwrite: false },
      ...{ out: join(root, name), samples: [] },
      choices: { preprocessing: 'outside', dense: false, batch: 'any', ...choices },
      ...changes,
    })

  test('consists of the model, what belongs to it, and programs that use it', async () => {
    const { certificate, bytes, files } = await written('plain')
    expect((await readdir(join(root, 'plain'))).sort()).toEqual([
      ...['MODEL_CARD.md', 'README.md', 'SHA256SUMS', 'browser.ts', 'certificate.json', 'check'],
      ...['classify.ts', 'index.html', 'labels.txt', 'model.json', 'openTfjs.ts', 'picture.ts'],
      ...['preprocess.ts', 'preprocessing.json', 'runtime.js', 'tfjs.ts', 'weights'],
    ])
    expect(certificate).toMatchObject({ passed: true, tolerance: 1e-3 })
    expect(certificate.runtimes).toMatchObject([{ runtime: 'tfjs-wasm', pictures: 7, sameTop1: 7 }])
    const sizes = await Promise.all(
      files.filter((path) => /model\.json$|\.bin$/.test(path)).map(async (path) => (await stat(path)).size),
    )
    expect(bytes).toBe(sizes.reduce((a, b) => a + b))
    const text = await readFile(join(root, 'plain', 'model.json'), 'utf8')
    const { format, userDefinedMetadata } = JSON.parse(text) as Record<string, Record<string, string>>
    expect(format).toBe('graph-model')
    expect(JSON.parse(userDefinedMetadata!['labels']!)).toEqual(model.classes)
  })

  test('can be checked again, and a changed file is found', async () => {
    const folder = join(root, 'plain')
    expect(await verifyExport({ folder })).toMatchObject({ changed: [], passed: true })
    const [name] = await readdir(join(folder, 'weights'))
    const path = join(folder, 'weights', name!)
    const bytes = await readFile(path)
    await writeFile(
      path,
      bytes.map((value, index) => (index % 4 === 3 && index < 4000 ? 63 : value)),
    )
    expect(await verifyExport({ folder })).toMatchObject({ changed: [`weights/${name}`], passed: false })
    await writeFile(path, bytes)
  })

  test('has no weights of an earlier one when it takes its place', async () => {
    const large = buildVgg({
      ...{ config: 'A', classes: 5, crop: 48, batchNorm: false, dropout: 0.5 },
      ...{ head: 'fc', fcWidth: 512, widthMultiplier: 1 / 2 },
    })
    const shards = () => readdir(join(root, 'large', 'weights'))
    await written('large', { network: large, weights: initialize(large, 'he', 4) })
    const before = await shards()
    expect(before.length).toBeGreaterThan(2)
    for (const name of before)
      expect((await stat(join(root, 'large', 'weights', name))).size).toBeLessThanOrEqual(4 * 1024 ** 2)
    await written('large', { overwrite: true })
    expect(await shards()).toEqual(['group1-shard1of1.bin'])
  })

  test.each(resizeModes)('prepares pictures as evaluation does: %s', async (mode) => {
    expect((await written(mode, { mode })).certificate).toMatchObject({ tolerance: 1e-3, passed: true })
  })

  test('looks at whole images', async () => {
    const { certificate } = await written('dense', {}, { dense: true })
    expect(certificate).toMatchObject({ tolerance: 1e-3, passed: true })
  })

  test.each([
    { weights: 'float16', tolerance: 1e-2, share: 0.62 },
    { weights: 'uint8', tolerance: 0.5, share: 0.45 },
  ] as const)('with weights in $weights is smaller, and compared with floats', async (kind) => {
    const samples = pictures.paths.map((path, label) => ({ path, name: basename(path), label }))
    const whole = await written(`whole-${kind.weights}`)
    const { certificate, bytes } = await written(kind.weights, { samples }, { weights: kind.weights })
    expect(certificate).toMatchObject({ passed: true, tolerance: kind.tolerance })
    expect(certificate.worst!.difference).toBeGreaterThan(whole.certificate.worst!.difference)
    expect(certificate.comparison).toMatchObject({
      images: 5,
      bytes: [expect.any(Number), bytes],
      milliseconds: null,
    })
    // The description is a large part of this small network.
    const description = (await stat(join(root, kind.weights, 'model.json'))).size
    expect((bytes - description) / certificate.comparison!.bytes[0]).toBeLessThan(kind.share)
    expect(Math.abs(certificate.comparison!.bytes[0] - whole.bytes) / whole.bytes).toBeLessThan(0.05)
    const text = await readFile(join(root, kind.weights, 'README.md'), 'utf8')
    expect(text).toContain('computed in single precision alike')
  })

  test.each([{ preprocessing: 'inside' }, { batch: 4 }])('has no %o', async (choices) => {
    await expect(written('refused', {}, choices)).rejects.toMatchObject({ code: 'export-choice' })
  })

  test('is classified with by the program in its README, on both back ends', async () => {
    const folder = join(root, 'plain')
    await symlink(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
    const said = await Promise.all(
      backends.map(async (backend) => {
        const args = ['classify.ts', '--json', '--runtime', `tfjs-${backend}`, pictures.paths[0]!]
        const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })
        return (JSON.parse(stdout) as { readonly probabilities: readonly number[] }).probabilities
      }),
    )
    expect(said[0]).toHaveLength(5)
    said[0]!.forEach((value, index) => expect(value).toBeCloseTo(said[1]![index]!, 5))
  })
})

const isLarge = process.env.VGG_STUDIO_LARGE !== undefined
const notLarge = unless(isLarge, 'VGG_STUDIO_LARGE does not ask for half a gigabyte a network')
const whole = { values: 138_357_544, classes: 1000 }
test.skipIf(!isLarge).each([
  { weights: 'float32', bits: 32 },
  { weights: 'float16', bits: 16 },
  { weights: 'uint8', bits: 8 },
] as const)(
  `a whole VGG D is written, opened and verified in $weights${notLarge}`,
  async (kind) => {
    const root = await mkdtemp(join(tmpdir(), 'vgg-large-'))
    const trained = buildVgg({
      ...{ config: 'D', classes: whole.classes, crop: 224, batchNorm: false, dropout: 0.5 },
      ...{ head: 'fc', fcWidth: 4096, widthMultiplier: 1 },
    })
    const { bytes, certificate } = await exportModel({
      ...{ network: trained, weights: initialize(trained, 'he', 4), normalization: model.normalization },
      ...{ classes: Array.from({ length: whole.classes }, (_, index) => `class ${index}`), engine },
      ...{ format: 'tfjs', mode: 'crop', scale: 256, samples: [], out: join(root, 'out'), overwrite: false },
      choices: { preprocessing: 'outside', dense: false, batch: 'any', weights: kind.weights },
    })
    expect(certificate).toMatchObject({ passed: true, runtimes: [{ runtime: 'tfjs-wasm', pictures: 7 }] })
    const values = (whole.values * kind.bits) / 8
    expect(bytes / values).toBeGreaterThan(1)
    expect(bytes / values).toBeLessThan(1.001)
    expect(await verifyExport({ folder: join(root, 'out') })).toMatchObject({ changed: [], passed: true })
    const shards = await readdir(join(root, 'out', 'weights'))
    expect(shards).toHaveLength(Math.ceil(values / 1024 ** 2 / 4))
    const [first] = certificate.runtimes
    console.log({
      ...kind,
      bytes,
      shards: shards.length,
      worst: certificate.worst,
      milliseconds: first!.milliseconds,
    })
    await rm(root, { recursive: true })
  },
  600_000,
)

test('only graph models keep their weights in fewer bits', async () => {
  const choices = { preprocessing: 'outside', dense: false, batch: 'any', weights: 'uint8' } as const
  for (const format of ['onnx', 'safetensors'] as const) {
    const work = exportModel({
      ...{ ...model, engine, format, mode: 'crop', scale: 60, overwrite: false, samples: [], choices },
      out: join(tmpdir(), 'vgg-never-written'),
    })
    await expect(work).rejects.toMatchObject({ code: 'export-choice' })
  }
})

test('weights in 8 bits are off by a level at most, and zero stays zero', () => {
  const source = random(35)
  const values = Float32Array.from({ length: 1000 }, (_, index) => (index % 7 === 0 ? 0 : source.normal()))
  const { content, quantization } = weightValues(values, 'uint8')
  const { min, scale } = quantization as { readonly min: number; readonly scale: number }
  content.forEach((level, index) => {
    expect(Math.abs(level * scale + min - values[index]!)).toBeLessThanOrEqual(scale * 1.0001)
    if (values[index] === 0) expect(level * scale + min).toBe(0)
  })
  expect([...weightValues(new Float32Array(3), 'uint8').content]).toEqual([0, 0, 0])
})
