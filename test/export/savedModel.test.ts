import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { random } from '../../core/base/random.ts'
import { bytesOf, type Tensors } from '../../core/base/tensor.ts'
import { findEngine } from '../../core/engine/index.ts'
import { loadBinding } from '../../core/engine/tensorflow/binding.ts'
import { findInstallation } from '../../core/engine/tensorflow/location.ts'
import { exportModel } from '../../core/export/exportModel.ts'
import { verifyExport } from '../../core/export/verify.ts'
import { readBundleIndex } from '../../core/graph/tensorflow/bundle.ts'
import { maskedCrc32c } from '../../core/graph/tensorflow/crc32c.ts'
import { savedModel, variableFiles } from '../../core/graph/tensorflow/savedModel.ts'
import { initialize } from '../../core/network/initialize.ts'
import type { Network } from '../../core/network/types.ts'
import { withoutAuxiliary } from '../../core/network/withoutAuxiliary.ts'
import { buildVgg } from '../network/build.ts'
import { describedNetworks } from '../network/describedNetworks.ts'
import { disturbed } from '../network/disturbed.ts'
import { unless } from '../unless.ts'
import { succeeds } from './succeeds.ts'

const engine = findEngine('onnxruntime')
// A Python with tensorflow, numpy and pillow: VGG_STUDIO_TENSORFLOW_PYTHON=/path/to/python
const python = process.env.VGG_STUDIO_TENSORFLOW_PYTHON
const hasTensorflow = python !== undefined && succeeds(python, ['-c', 'import tensorflow'])
const noTensorflow = unless(hasTensorflow, 'VGG_STUDIO_TENSORFLOW_PYTHON names none with tensorflow')
const isInstalled = findInstallation() !== null
const notInstalled = unless(isInstalled, 'the TensorFlow engine is not installed')
if (!isInstalled && process.env['CI']) throw new Error('CI may not skip TensorFlow: it is not installed.')

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vgg-saved-model-'))
})
afterAll(() => rm(root, { recursive: true }))

/** A SavedModel in a folder, with two images N×H×W×3 in it and our logits of them. */
async function written(name: string, trained: Network) {
  const network = withoutAuxiliary(trained)
  const weights: Tensors = disturbed(trained)
  const folder = join(root, name)
  const { model, index, values } = savedModel(network, weights, false)
  await mkdir(join(folder, 'variables'), { recursive: true })
  await writeFile(join(folder, 'saved_model.pb'), model)
  await writeFile(join(folder, variableFiles.index), index)
  await writeFile(join(folder, variableFiles.values), Buffer.concat(values))
  const [channels, height, width] = network.input
  const size = height * width
  const source = random(36)
  const data = Float32Array.from({ length: 2 * channels * size }, () => source.uniform() * 2 - 1)
  const predictor = await engine.predictor(network, weights, { precision: 'fp32' })
  const { data: logits } = await predictor.logits({ shape: [2, channels, height, width], data })
  await predictor.dispose()
  const images = new Float32Array(data.length)
  for (let index = 0; index < data.length; index++) {
    const [image, channel] = [Math.floor(index / (size * channels)), Math.floor(index / size) % channels]
    images[(image * size + (index % size)) * channels + channel] = data[index]!
  }
  return { folder, images, shape: [2, height, width, channels], logits }
}

/** Largest difference, over the largest logit. */
function differenceOf(own: Float32Array, other: ArrayLike<number>): number {
  expect(other).toHaveLength(own.length)
  const largest = Math.max(...own.map(Math.abs))
  return Math.max(...own.map((value, index) => Math.abs(value - other[index]!))) / largest
}

const script = `
import json, sys
import numpy as np
import tensorflow as tf

for case in json.load(open(sys.argv[1])):
    predict = (loaded := tf.saved_model.load(case["folder"])).signatures["serving_default"]
    images = np.fromfile(case["folder"] + "/images.bin", np.float32).reshape(case["shape"])
    print(json.dumps(predict(images=tf.constant(images))["logits"].numpy().flatten().tolist()))
`

describe('a SavedModel', () => {
  test.skipIf(!hasTensorflow)(
    `of every network loads in plain TensorFlow, and gives the same logits${noTensorflow}`,
    async () => {
      const cases = []
      for (const [name, network] of Object.entries(describedNetworks())) {
        const one = await written(`python-${name}`, network)
        await writeFile(join(one.folder, 'images.bin'), bytesOf(one.images))
        cases.push({ name, ...one })
      }
      await writeFile(join(root, 'load.py'), script)
      await writeFile(
        join(root, 'cases.json'),
        JSON.stringify(cases.map(({ folder, shape }) => ({ folder, shape }))),
      )
      const { stdout } = await promisify(execFile)(
        python!,
        [join(root, 'load.py'), join(root, 'cases.json')],
        { maxBuffer: 1 << 24, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } },
      )
      const said = stdout.trim().split('\n').map((line) => JSON.parse(line) as number[]) // prettier-ignore
      const differences = cases.map(
        ({ name, logits }, index) => [name, differenceOf(logits, said[index]!)] as const,
      )
      expect(differences.length).toBeGreaterThan(15)
      expect(differences.filter(([, difference]) => !(difference < 1e-4))).toEqual([])
    },
    300_000,
  )

  test.skipIf(!isInstalled)(
    `is loaded with its variables by TensorFlow’s own loader in C++${notInstalled}`,
    async () => {
      const { everyKind } = describedNetworks()
      const { folder, images, shape, logits } = await written('native', everyKind!)
      const binding = loadBinding(1)
      const model = binding.loadSavedModel(folder, 'serve')
      const tensor = binding.createTensor(shape, 1, images)
      const [output] = binding.runSavedModel(model, [tensor], 'images:0', 'logits:0')
      expect(output!.shape).toEqual([2, 5])
      expect(differenceOf(logits, binding.tensorDataSync(output!.id))).toBeLessThan(1e-4)
      binding.deleteTensor(tensor)
      binding.deleteTensor(output!.id)
      binding.deleteSavedModel(model)
    },
  )
})

const network = buildVgg({
  ...{ config: 'A', classes: 5, crop: 48, batchNorm: true, dropout: 0.5 },
  ...{ head: 'fc', fcWidth: 16, widthMultiplier: 1 / 16 },
})
const exported = (name: string, choices: object = {}) =>
  exportModel({
    ...{
      network,
      weights: initialize(network, 'he', 4),
      classes: ['ant', 'bee', 'cat', 'dog', 'elk'],
      engine,
    },
    ...{ normalization: { mean: [120.5, 110.25, 100], std: [60, 61, 62] }, format: 'savedmodel' },
    ...{ mode: 'crop', scale: 60, samples: [], out: join(root, name), overwrite: false },
    choices: { preprocessing: 'outside', dense: false, batch: 'any', ...choices },
  })

describe('an export as a SavedModel', () => {
  test('is read back from its files, and runs in TensorFlow.js, which is not ours', async () => {
    const { certificate, bytes, path } = await exported('plain')
    expect(path).toBe(join(root, 'plain', 'saved_model.pb'))
    expect(certificate.runtimes).toMatchObject([{ runtime: 'tfjs-wasm', pictures: 7, sameTop1: 7 }])
    expect(certificate).toMatchObject({ passed: true, tolerance: 1e-3 })
    expect(bytes).toBeGreaterThan((await readFile(join(root, 'plain', variableFiles.values))).length)
  })

  test('is found changed where a variable was, and damaged where the index was', async () => {
    const { path } = await exported('changed')
    const folder = dirname(path)
    expect(await verifyExport({ folder })).toMatchObject({ changed: [], passed: true })
    const values = await readFile(join(folder, variableFiles.values))
    await writeFile(
      join(folder, variableFiles.values),
      values.map((value) => value ^ 0x40),
    )
    expect(await verifyExport({ folder })).toMatchObject({ changed: [variableFiles.values], passed: false })
    await writeFile(join(folder, variableFiles.values), values)
    const index = await readFile(join(folder, variableFiles.index))
    index[10]! ^= 1
    await writeFile(join(folder, variableFiles.index), index)
    await expect(verifyExport({ folder })).rejects.toMatchObject({ code: 'not-an-export' })
  })

  test('looks at whole images', async () => {
    expect((await exported('dense', { dense: true })).certificate).toMatchObject({ passed: true })
  })

  test.each([{ preprocessing: 'inside' }, { batch: 4 }, { weights: 'uint8' }])(
    'has no %o',
    async (choices) => {
      await expect(exported('refused', choices)).rejects.toMatchObject({ code: 'export-choice' })
    },
  )

  test.skipIf(!hasTensorflow)(`runs its certificate again in plain TensorFlow${noTensorflow}`, async () => {
    const { path } = await exported('python')
    const { stdout } = await promisify(execFile)(python!, [join(dirname(path), 'classify.py'), '--verify'])
    expect(stdout).toMatch(/^7 pictures, largest difference of a probability .*\nVerified/)
  })
})

test('the index of variables names them in order, with their shapes and places', () => {
  const { index, values } = savedModel(network, initialize(network, 'he', 4), false)
  const entries = readBundleIndex(index, 'nowhere')
  expect([...entries.keys()]).toEqual([...entries.keys()].toSorted())
  const total = [...entries.values()].reduce((sum, { size }) => sum + size, 0)
  expect(total).toBe(values.reduce((sum, { length }) => sum + length, 0))
  for (const { shape, size } of entries.values()) expect(size).toBe(4 * shape.reduce((a, b) => a * b, 1))
})

test('sums are those of RFC 3720, masked as LevelDB does', () => {
  const unmasked = (masked: number): number => {
    const rotated = (masked - 0xa282ead8) >>> 0
    return ((rotated >>> 17) | (rotated << 15)) >>> 0
  }
  expect(unmasked(maskedCrc32c(new Uint8Array(32)))).toBe(0x8a9136aa)
  expect(unmasked(maskedCrc32c(new Uint8Array(32).fill(0xff)))).toBe(0x62a8ab43)
  expect(unmasked(maskedCrc32c(Uint8Array.from({ length: 32 }, (_, index) => index)))).toBe(0x46dd794e)
})
