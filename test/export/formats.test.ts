import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { random } from '../../core/base/random.ts'
import type { Tensors } from '../../core/base/tensor.ts'
import { findEngine } from '../../core/engine/index.ts'
import { warningsOf } from '../../core/export/comparison.ts'
import { exportModel, type ExportInput } from '../../core/export/exportModel.ts'
import { modelSize } from '../../core/export/modelSize.ts'
import type { ExportFormat } from '../../core/export/formatNames.ts'
import { cutsOffSums } from '../../core/export/formats/onnxInteger.ts'
import { pytorchProgram } from '../../core/export/pytorchProgram.ts'
import { verifyExport } from '../../core/export/verify.ts'
import { buildNetwork, networkSpec, type NetworkInput } from '../../core/network/architectures/index.ts'
import { loadingModel } from '../../core/network/architectures/libraryModels.ts'
import { initialize } from '../../core/network/initialize.ts'
import { parameters } from '../../core/network/parameters.ts'
import type { Network } from '../../core/network/types.ts'
import { withoutAuxiliary } from '../../core/network/withoutAuxiliary.ts'
import { readSafetensors, writeSafetensors } from '../../core/weights/safetensors.ts'
import { drawPictures, type Pictures } from '../evaluation/pictures.ts'
import { buildVgg } from '../network/build.ts'
import { describedNetworks } from '../network/describedNetworks.ts'
import { disturbed } from '../network/disturbed.ts'
import { unless } from '../unless.ts'
import { succeeds } from './succeeds.ts'

// Random and sensitive on purpose: one that is hardly trained says the same of every image.
const network = buildVgg({
  ...{ config: 'A', classes: 5, crop: 48, batchNorm: true, dropout: 0.5 },
  ...{ head: 'fc', fcWidth: 16, widthMultiplier: 1 / 16 },
})
const model = {
  ...{ network, weights: initialize(network, 'he', 4), classes: ['ant', 'bee', 'cat', 'dog', 'elk'] },
  normalization: { mean: [120.5, 110.25, 100], std: [60, 61, 62] },
} as const
const engine = findEngine('onnxruntime')
let root: string
let pictures: Pictures
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vgg-formats-'))
  pictures = await drawPictures([[90, 120], [300, 201], [64, 64], [101, 77], [333, 48]]) // prettier-ignore
})
afterAll(async () => {
  await pictures.remove()
  await rm(root, { recursive: true })
})

function written(name: string, format: ExportFormat, choices: Partial<ExportInput['choices']> = {}) {
  return exportModel({
    ...{ ...model, engine },
    ...{ format, mode: 'crop', scale: 60, samples: [], out: join(root, name), overwrite: false },
    choices: { preprocessing: 'outside', dense: false, batch: 'any', ...choices },
  })
}

test.each(['outside', 'inside'] as const)(
  'in half precision a model is half as large and answers the same to a hundredth: preprocessing %s',
  async (preprocessing) => {
    const whole = await written(`whole-${preprocessing}`, 'onnx', { preprocessing })
    const half = await written(`half-${preprocessing}`, 'onnx-fp16', { preprocessing })
    expect(half.bytes).toBeLessThan(0.75 * whole.bytes)
    expect(half.certificate).toMatchObject({ passed: true, tolerance: 1e-2 })
    // It is another model, not the same one again.
    expect(half.certificate.worst!.difference).toBeGreaterThan(whole.certificate.worst!.difference)
  },
)

const integers = async (name: string, changes: Partial<ExportInput> = {}) =>
  exportModel({
    ...{ ...model, engine, format: 'onnx-int8', mode: 'crop', scale: 60, overwrite: false },
    ...{ out: join(root, name), samples: [], calibration: pictures.paths },
    choices: { preprocessing: 'outside', dense: false, batch: 'any' },
    ...changes,
  })

test.each([
  { preprocessing: 'outside', dense: false, batch: 'any' },
  { preprocessing: 'inside', dense: false, batch: 'any' },
  { preprocessing: 'outside', dense: true, batch: 'any' },
] as const)('in 8-bit integers a model answers much the same: %o', async (choices) => {
  const { certificate, path } = await integers(`integers-${choices.preprocessing}-${choices.dense}`, {
    choices,
  })
  expect(certificate).toMatchObject({ passed: true, tolerance: 0.5 })
  expect(certificate.worst!.difference).toBeGreaterThan(1e-4)
  for (const { meanDifference } of certificate.runtimes) expect(meanDifference).toBeLessThan(0.03)
  expect(await verifyExport({ folder: dirname(path) })).toMatchObject({ passed: true })
})

test('in 8-bit integers a network is four times smaller, and is compared with single precision', async () => {
  const large = buildVgg({
    ...{ config: 'A', classes: 5, crop: 48, batchNorm: false, dropout: 0.5 },
    ...{ head: 'fc', fcWidth: 256, widthMultiplier: 1 / 2 },
  })
  const samples = pictures.paths.map((path, label) => ({ path, name: basename(path), label }))
  const { certificate, bytes } = await integers('large', {
    ...{ network: large, weights: initialize(large, 'he', 4), samples },
  })
  const { comparison } = certificate
  expect(comparison).toMatchObject({ images: 5 })
  expect(comparison!.bytes[1]).toBe(bytes)
  expect(comparison!.bytes[0] / bytes).toBeGreaterThan(3.9)
  // What the window says before it is written.
  const [single, integer] = (['onnx', 'onnx-int8'] as const).map((format) => modelSize(large, format))
  expect(Math.abs(single! / comparison!.bytes[0] - 1)).toBeLessThan(0.02)
  expect(Math.abs(integer! / bytes - 1)).toBeLessThan(0.02)
  const others = [
    modelSize(large, 'onnx-fp16'),
    modelSize(large, 'tfjs', 'float16'),
    modelSize(large, 'tfjs'),
  ]
  expect(others.map((other) => Math.round((100 * other) / single!))).toEqual([50, 50, 100])
  expect(Math.min(...comparison!.milliseconds!)).toBeGreaterThan(0)
  // Five images never tell.
  expect(comparison!.interval.low).toBeLessThan(-0.3)
  expect(comparison!.warnings.join()).toMatch(/less-accurate|too-few-images/)
  const text = await readFile(join(root, 'large', 'README.md'), 'utf8')
  expect(text).toContain(
    `of 5 images that were not trained on, in single precision for ${comparison!.correct[0]}`,
  )
})

test('8-bit integers want training images, and say so', async () => {
  const none = integers('uncalibrated', { calibration: [] })
  await expect(none).rejects.toMatchObject({ fact: { code: 'export-calibration', values: { images: 0 } } })
  const missing = integers('uncalibrated', { calibration: [join(root, 'missing.png')] })
  await expect(missing).rejects.toMatchObject({ fact: { code: 'export-calibration', values: { images: 1 } } })
})

test('weights have 7 bits where the processor cuts off sums of 16', () => {
  expect(cutsOffSums(['avx2'], 'x64')).toBe(true)
  expect(cutsOffSums(['avx2', 'avx_vnni'], 'x64')).toBe(false)
  expect(cutsOffSums(['avx512f', 'avx512_vnni'], 'x64')).toBe(false)
  expect(cutsOffSums([], 'arm64')).toBe(false)
})

test.each([
  { loss: 0, interval: 0.001, times: [10, 5], expected: [] },
  { loss: 0, interval: 0.001, times: [10, 11], expected: ['slower'] },
  { loss: 0.004, interval: 0.001, times: [10, 5], expected: ['less-accurate'] },
  { loss: 0, interval: 0.037, times: [10, 5], expected: ['too-few-images'] },
] as const)('a format in fewer bits is warned of: %o', ({ loss, interval, times, expected }) => {
  const known = { difference: -loss, interval: { low: -loss - interval, high: 0 }, milliseconds: times }
  expect(warningsOf(known)).toEqual(expected)
})

test('safetensors are read back, and verified from their file', async () => {
  const { certificate } = await written('weights', 'safetensors')
  expect(certificate.runtimes).toMatchObject([{ runtime: 'read-back', pictures: 7, sameTop1: 7 }])
  expect(await verifyExport({ folder: join(root, 'weights') })).toMatchObject({ passed: true })
})

test.each([{ preprocessing: 'inside' }, { batch: 4 }] as const)('safetensors have no %o', async (choices) => {
  await expect(written('refused', 'safetensors', choices)).rejects.toMatchObject({ code: 'export-choice' })
})

// A Python with torch, safetensors, numpy and pillow: VGG_STUDIO_PYTHON=/path/to/python
const python = process.env.VGG_STUDIO_PYTHON
const hasTorch = python !== undefined && succeeds(python, ['-c', 'import torch, safetensors'])
const noTorch = unless(hasTorch, 'VGG_STUDIO_PYTHON names none with torch')

const script = `
import torch
from safetensors.torch import load_file
from model import load_model
model = load_model()
given = load_file("given.safetensors")
with torch.no_grad():
    logits = model(given["images"])
largest = (logits - given["logits"]).abs().max().item() / max(1, given["logits"].abs().max().item())
print(largest)
`

/** Largest difference of the logits of model.py from ours, over the largest. */
async function differenceOf(name: string, trained: Network): Promise<number> {
  const network = withoutAuxiliary(trained)
  const folder = join(root, `torch-${name}`)
  await mkdir(folder)
  const weights = disturbed(trained)
  const own = new Map(parameters(network).map((one) => [one.name, weights.get(one.name)!]))
  await writeSafetensors(join(folder, 'model.safetensors'), own, {})
  await writeFile(join(folder, 'model.py'), pytorchProgram(network))
  await writeFile(join(folder, 'compare.py'), script)
  await giveLogits(folder, network, own)
  const { stdout } = await promisify(execFile)(python!, ['compare.py'], { cwd: folder })
  return Number(stdout.trim())
}

/** Two images and our logits of them, into a file. */
async function giveLogits(folder: string, network: Network, weights: Tensors): Promise<void> {
  const source = random(32)
  const shape = [2, ...network.input]
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => source.uniform() * 2 - 1)
  const predictor = await engine.predictor(network, weights, { precision: 'fp32' })
  const logits = await predictor.logits({ shape, data })
  await predictor.dispose()
  const given = new Map([['images', { shape, data }], ['logits', logits]]) // prettier-ignore
  await writeSafetensors(join(folder, 'given.safetensors'), given, {})
}

describe('model.py', () => {
  const networks = Object.entries(describedNetworks())
  test.skipIf(!hasTorch).each(networks)(
    `loads strictly and gives the same logits: %s${noTorch}`,
    async (name, network) => {
      expect(await differenceOf(name, network)).toBeLessThan(1e-4)
    },
  )

  test.skipIf(!hasTorch)(`runs the certificate again${noTorch}`, async () => {
    await written('torch', 'safetensors')
    const { stdout } = await promisify(execFile)(python!, [join(root, 'torch', 'classify.py'), '--verify'])
    expect(stdout).toMatch(/^7 pictures, largest difference of a probability .*\nVerified/)
  })
})

const large = { classes: 7, crop: 224 }
const libraryNetworks = [
  ...(['A', 'B', 'D', 'E'] as const).flatMap((config) => [
    { config, batchNorm: false, ...large },
    { config, batchNorm: true, ...large, crop: 255 },
  ]),
  ...(['resnet18', 'googlenet-torchvision'] as const).map((config) => ({ config, ...large })),
].map(({ classes, crop, ...input }) => ({ ...networkSpec(input as NetworkInput), classes, crop }))

/** Loads strictly into the library's own model, by the program in the export's README, and into model.py. */
const libraryScript = `
import re, torch
from pathlib import Path
from safetensors.torch import load_file
from model import load_model
given = load_file("given.safetensors")
program = re.findall(r"\`\`\`python\\n(.*?)\`\`\`", Path("README.md").read_text(), re.S)[-1]
exec(program)
largest = given["logits"].abs().max().item()
for network in (model, load_model()):
    with torch.no_grad():
        print((network(given["images"]) - given["logits"]).abs().max().item() / largest)
`

const isLarge = hasTorch && process.env.VGG_STUDIO_LARGE !== undefined
const notLarge = noTorch || unless(isLarge, 'VGG_STUDIO_LARGE does not ask for half a gigabyte a network')
test.skipIf(!isLarge).each(libraryNetworks)(
  `loads strictly into torchvision, and gives the same logits: $config $batchNorm $crop${notLarge}`,
  async (options) => {
    const name = `library-${options.config}-${Object.values(options).join('-')}`
    const trained = buildNetwork(options)
    const weights = disturbed(trained)
    const exported = await exportModel({
      ...{ ...model, options, engine, network: trained, weights, format: 'safetensors', mode: 'crop' },
      ...{ classes: Array.from({ length: 7 }, (_, index) => `class ${index}`), scale: 256 },
      ...{ samples: [], out: join(root, name), overwrite: false },
      choices: { preprocessing: 'outside', dense: false, batch: 'any' },
    })
    const folder = dirname(exported.path)
    const plain = withoutAuxiliary(trained)
    const own = new Map(parameters(plain).map((one) => [one.name, weights.get(one.name)!]))
    await giveLogits(folder, plain, own)
    await writeFile(join(folder, 'compare.py'), libraryScript)
    const { stdout } = await promisify(execFile)(python!, ['compare.py'], { cwd: folder })
    for (const difference of stdout.trim().split('\n').map(Number)) expect(difference).toBeLessThan(1e-4)
    await rm(folder, { recursive: true })
  },
  // Half a gigabyte of weights, written and read by both.
  300_000,
)

const modelName = (input: NetworkInput, crop = 224): string | null => {
  const found = loadingModel({ ...networkSpec(input), classes: 7, crop })
  if (!found) return null
  const { library, model: name } = found
  return `${library}/${name}`
}

test('weights load into another library where all of them have its sizes', () => {
  expect(modelName({ config: 'D', batchNorm: false })).toBe('torchvision/vgg16')
  expect(modelName({ config: 'D', batchNorm: true }, 255)).toBe('torchvision/vgg16_bn')
  expect(modelName({ config: 'D' }, 256)).toBeNull()
  expect(modelName({ config: 'D' }, 192)).toBeNull()
  expect(modelName({ config: 'D', fcWidth: 512 })).toBeNull()
  expect(modelName({ config: 'D', widthMultiplier: 1 / 2 })).toBeNull()
  expect(modelName({ config: 'C' })).toBeNull()
  expect(modelName({ config: 'resnet18' }, 64)).toBe('torchvision/resnet18')
  expect(modelName({ config: 'seresnet50' }, 64)).toBe('timm/seresnet50')
})

test('safetensors have the names and shapes of the library that loads them, and are read back', async () => {
  const options = { ...networkSpec({ config: 'seresnet50' }), classes: 5, crop: 32 }
  const trained = buildNetwork(options)
  const { certificate, path } = await exportModel({
    ...{ ...model, options, engine, network: trained, weights: disturbed(trained), format: 'safetensors' },
    ...{ mode: 'crop', scale: 32, samples: [], out: join(root, 'gates'), overwrite: false },
    choices: { preprocessing: 'outside', dense: false, batch: 'any' },
  })
  expect(certificate).toMatchObject({ passed: true })
  const { tensors, metadata } = await readSafetensors(path)
  expect(metadata).toMatchObject({ library: 'timm/seresnet50' })
  expect(tensors.get('layer1.0.se.fc1.weight')!.shape).toHaveLength(4)
  const program = await readFile(join(root, 'gates', 'model.py'), 'utf8')
  expect(program).toContain('value.reshape(own[name].shape)')
  expect(await verifyExport({ folder: join(root, 'gates') })).toMatchObject({ passed: true })
})
