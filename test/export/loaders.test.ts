import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../core/engine/index.ts'
import { predict } from '../../core/evaluation/predict.ts'
import { exportModel, type ExportInput } from '../../core/export/exportModel.ts'
import { resizeModes, type ResizeMode } from '../../core/image/types.ts'
import { initialize } from '../../core/network/initialize.ts'
import { buildVgg } from '../network/build.ts'
import { unless } from '../unless.ts'
import { oddImages, refusedImages, type OddImage } from './oddImages.ts'
import { succeeds } from './succeeds.ts'

// Random and sensitive on purpose: it tells two pictures apart that differ by a level here and there. (One that is hardly
// trained says the same of every image, so that nothing could go wrong.)
const network = buildVgg({
  ...{ config: 'A', classes: 5, crop: 48, batchNorm: true, dropout: 0.5 },
  ...{ head: 'fc', fcWidth: 16, widthMultiplier: 1 / 16 },
})
const weights = initialize(network, 'he', 4)
const classes = ['ant', 'bee', 'cat', 'dog', 'elk']
const normalization = { mean: [120.5, 110.25, 100], std: [60, 61, 62] } as const
const [crop, scale] = [48, 60]
const engine = findEngine('onnxruntime')

let root: string
let odd: readonly OddImage[]
let refused: readonly OddImage[]
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vgg-loaders-'))
  odd = await oddImages(join(root, 'odd'))
  refused = await refusedImages(join(root, 'refused'))
})
afterAll(() => rm(root, { recursive: true }))

async function written(name: string, mode: ResizeMode, changes: Partial<ExportInput> = {}): Promise<string> {
  const out = join(root, name)
  const model = { network, weights, classes, normalization, engine }
  const choices = { preprocessing: 'outside', dense: false, batch: 'any' } as const
  await exportModel({
    ...{ ...model, format: 'onnx', choices, mode, scale, samples: [], out, overwrite: false },
    ...changes,
  })
  // As if its packages had been installed there.
  await symlink(resolve('node_modules'), join(out, 'node_modules'), 'junction')
  return out
}

/** Probabilities by prediction, by class; of each image. */
async function predictions(mode: ResizeMode): Promise<ReadonlyMap<string, readonly number[]>> {
  const protocol = { views: 'center', scales: [scale], flips: false, crop, mode } as const
  const files = odd.map(({ path }) => path)
  const result = await predict({ network, weights, classes, normalization, engine, protocol, files })
  expect(result.failures).toEqual([])
  return new Map(
    result.predictions.map(({ path, classes: ranked }) => [
      path,
      classes.map((name) => ranked.find((one) => one.name === name)!.probability),
    ]),
  )
}

interface Said {
  readonly file: string
  readonly probabilities?: readonly number[]
  readonly refused?: string
}

async function say(
  folder: string,
  command: string,
  program: string,
  images: readonly OddImage[],
): Promise<Said[]> {
  const args = [join(folder, program), '--json', ...images.map(({ path }) => path)]
  const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 1 << 26 }).catch(
    // Exit code 1: some were refused.
    (error: unknown) => error as { stdout: string },
  )
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Said) // prettier-ignore
}

/** Names of the images that it refuses; all others get the probabilities of prediction. */
async function compare(said: readonly Said[], mode: ResizeMode): Promise<string[]> {
  const expected = await predictions(mode)
  // Otherwise the comparison would say nothing: probabilities range over fifty tolerances, and classes differ.
  const rows = [...expected.values()]
  const spread = (at: number): number =>
    Math.max(...rows.map((row) => row[at]!)) - Math.min(...rows.map((row) => row[at]!))
  expect(Math.max(...classes.map((_, at) => spread(at)))).toBeGreaterThan(0.05)
  expect(new Set(rows.map((row) => row.indexOf(Math.max(...row)))).size).toBeGreaterThan(1)
  expect(said).toHaveLength(odd.length)
  const wrong: string[] = []
  const unread: string[] = []
  const ties: string[] = []
  said.forEach(({ file, probabilities, refused: reason }, index) => {
    const { name } = odd[index]!
    if (!probabilities) return void unread.push(`${name}: ${reason}`)
    const own = expected.get(file)!
    const difference = Math.max(...own.map((value, at) => Math.abs(value - probabilities[at]!)))
    const top = (values: readonly number[]): number => values.indexOf(Math.max(...values))
    // Two classes that the network itself does not tell apart, to less than what rounding moves: a tie.
    const gap = own[top(own)]! - own[top(probabilities)]!
    const isTie = gap > 0 && gap <= 2 * difference
    if (isTie) ties.push(name)
    if (!(difference <= 1e-3) || (gap !== 0 && !isTie)) wrong.push(`${name}: ${difference}`)
  })
  expect(wrong).toEqual([])
  expect(ties.length).toBeLessThan(odd.length / 100)
  return unread
}

const python = process.env.VGG_STUDIO_PYTHON
const noPython = unless(python !== undefined, 'VGG_STUDIO_PYTHON names none')
const tensorflowPython = process.env.VGG_STUDIO_TENSORFLOW_PYTHON
const [hasTorch, hasTensorflow] = [
  python !== undefined && succeeds(python, ['-c', 'import torch, safetensors']),
  tensorflowPython !== undefined && succeeds(tensorflowPython, ['-c', 'import tensorflow']),
]
const noTorch = unless(hasTorch, 'VGG_STUDIO_PYTHON names none with torch')
const noTensorflow = unless(hasTensorflow, 'VGG_STUDIO_TENSORFLOW_PYTHON names none with tensorflow')

/** That what classify.py refuses it refuses for a reason of Pillow's, and nothing that people have. */
function expectUsualRead(unread: readonly string[]): void {
  const reasons =
    /: (more than 8 bits|16-bit gray|CMYK without|AVIF|colors of Pillow's|it can't be decoded|not a JPEG)/
  expect(unread.filter((text) => !reasons.test(text))).toEqual([])
  // Photographs, screenshots, with and without profiles and transparency.
  expect(
    unread.filter((text) => /^[^,]*\.(jpg|png|webp|gif)/.test(text) && !/cmyk|16 bits/.test(text)),
  ).toEqual([])
}

describe('the programs of an export give what prediction gives, to a thousandth, or refuse an image', () => {
  test.each(resizeModes)('in Node.js, which reads all: images made square by %s', async (mode) => {
    const folder = await written(`node-${mode}`, mode)
    expect(await compare(await say(folder, process.execPath, 'classify.ts', odd), mode)).toEqual([])
  })

  test('in Node.js, with the preprocessing inside of the model', async () => {
    const choices = { preprocessing: 'inside', dense: false, batch: 'any' } as const
    const folder = await written('node-inside', 'crop', { choices })
    expect(await compare(await say(folder, process.execPath, 'classify.ts', odd), 'crop')).toEqual([])
  })

  test('in Node.js, with TensorFlow.js', async () => {
    const folder = await written('node-graph-model', 'crop', { format: 'tfjs' })
    expect(await compare(await say(folder, process.execPath, 'classify.ts', odd), 'crop')).toEqual([])
  })

  test('in Node.js, with a model that takes four pictures at a time', async () => {
    const choices = { preprocessing: 'outside', dense: false, batch: 4 } as const
    const folder = await written('node-four', 'crop', { choices })
    expect(await compare(await say(folder, process.execPath, 'classify.ts', odd), 'crop')).toEqual([])
  })

  test('in Node.js, what the application refuses is refused', async () => {
    const said = await say(await written('node-refusing', 'crop'), process.execPath, 'classify.ts', refused)
    expect(said.flatMap(({ probabilities }, index) => (probabilities ? [refused[index]!.name] : []))).toEqual(
      [],
    )
  })

  test.skipIf(!python).each(resizeModes)(`in Python: images made square by %s${noPython}`, async (mode) => {
    const folder = await written(`python-${mode}`, mode)
    expectUsualRead(await compare(await say(folder, python!, 'classify.py', odd), mode))
  })

  test.skipIf(!python)(`in Python, with the preprocessing inside of the model${noPython}`, async () => {
    const choices = { preprocessing: 'inside', dense: false, batch: 'any' } as const
    const folder = await written('python-inside', 'crop', { choices })
    await compare(await say(folder, python!, 'classify.py', odd), 'crop')
  })

  test.skipIf(!python)(`in Python, with a model that takes four pictures at a time${noPython}`, async () => {
    const choices = { preprocessing: 'outside', dense: false, batch: 4 } as const
    const folder = await written('python-four', 'crop', { choices })
    await compare(await say(folder, python!, 'classify.py', odd), 'crop')
  })

  test.skipIf(!hasTensorflow)(
    `in Python, with a SavedModel in TensorFlow${noTensorflow}`,
    async () => {
      const folder = await written('python-saved-model', 'crop', { format: 'savedmodel' })
      expectUsualRead(await compare(await say(folder, tensorflowPython!, 'classify.py', odd), 'crop'))
    },
    120_000,
  )

  test.skipIf(!hasTorch)(
    `in Python, with safetensors in PyTorch${noTorch}`,
    async () => {
      const folder = await written('python-safetensors', 'crop', { format: 'safetensors' })
      expectUsualRead(await compare(await say(folder, python!, 'classify.py', odd), 'crop'))
    },
    120_000,
  )

  // They differ in how they open a model alone: what holds of pictures for one holds for all, where only one can run.
  test('in Python, whatever the format, by one and the same program', async () => {
    const programs = await Promise.all(
      (['onnx', 'savedmodel', 'safetensors'] as const).map(async (format) => {
        const folder = await written(`program-${format}`, 'crop', { format })
        return readFile(join(folder, 'classify.py'), 'utf8')
      }),
    )
    expect(new Set(programs).size).toBe(1)
  })

  test.skipIf(!python)(`in Python, what the application refuses is refused${noPython}`, async () => {
    const said = await say(await written('python-refusing', 'crop'), python!, 'classify.py', refused)
    expect(said.flatMap(({ probabilities }, index) => (probabilities ? [refused[index]!.name] : []))).toEqual(
      [],
    )
  })

  test.skipIf(!python)(`in Python, the certificate can be run again${noPython}`, async () => {
    const folder = await written('python-verify', 'crop')
    const { stdout } = await promisify(execFile)(python!, [join(folder, 'classify.py'), '--verify'])
    expect(stdout).toMatch(/^7 pictures, largest difference of a probability .*\nVerified/)
  })
})

describe.each(['outside', 'inside'] as const)('a model with its preprocessing %s', (preprocessing) => {
  test.skipIf(!python).each([false, true])(
    `passes ONNX’s checker in full, dense: %s${noPython}`,
    async (dense) => {
      const choices = { preprocessing, dense, batch: 'any' } as const
      const folder = await written(`checked-${preprocessing}-${dense}`, 'crop', { choices })
      const check = `import onnx
model = onnx.load('model.onnx')
onnx.checker.check_model('model.onnx', full_check=True)
print(model.opset_import[0].version)`
      const { stdout } = await promisify(execFile)(python!, ['-c', check], { cwd: folder })
      expect(stdout.trim()).toBe('13')
    },
  )
})
