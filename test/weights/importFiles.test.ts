import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tensor } from '../../core/base/tensor.ts'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import type { Normalization } from '../../core/pipeline/types.ts'
import { loadEntry, type WeightsEntry } from '../../core/weights/entry.ts'
import { imported as expecting, importWeights, inspect } from '../../core/weights/import.ts'
import { findPreprocessing } from '../../core/weights/preprocessings.ts'
import { openWeights } from '../../core/weights/readers/open.ts'
import { loadSample } from './loadSample.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/weights/files/${name}`, import.meta.url))

interface Expected {
  readonly network: { config: string; batchNorm: boolean | null; classes: number }
  readonly preprocessing: { order: 'RGB' | 'BGR' }
  readonly logits: number[]
}
const expected = JSON.parse(await readFile(fixture('expected.json'), 'utf8')) as Record<string, Expected>

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-files-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function imported(name: string, order: 'RGB' | 'BGR'): Promise<{ entry: WeightsEntry; path: string }> {
  const file = await openWeights(fixture(name))
  try {
    const inspection = await inspect(file)
    const path = join(folder, `${name}.safetensors`)
    const entry = await importWeights(inspection, {
      file,
      path,
      name,
      sha256: 'a'.repeat(64),
      preprocessing: expecting(findPreprocessing(order === 'BGR' ? 'caffe' : 'torchvision')!, 'chosen'),
      attribution: { license: null, text: 'Random.' },
      created: 0,
    })
    return { entry, path }
  } finally {
    await file.close()
  }
}

const pictures = new Map<string, Promise<Tensor>>()

/** Shorter side to 256, the middle 224×224. */
function picture(normalization: Normalization): Promise<Tensor> {
  const key = JSON.stringify(normalization)
  const view = { kind: 'center' as const, scale: 256, crop: 224, mode: 'crop' as const }
  const loaded = pictures.get(key) ?? loadSample(fixture('image.png'), normalization, view)
  pictures.set(key, loaded)
  return loaded
}

describe('weights that another library has written', () => {
  test.each(Object.keys(expected))(
    '%s gives the logits that its own library computes, from the image file on',
    async (name) => {
      const { network, preprocessing, logits } = expected[name]!
      const { entry, path } = await imported(name, preprocessing.order)
      expect(entry.network).toMatchObject({ config: network.config, classes: network.classes, crop: 224 })
      if (network.batchNorm !== null) expect(entry.network).toMatchObject({ batchNorm: network.batchNorm })
      const { tensors } = await loadEntry(path)
      const predictor = await onnxruntimeEngine.predictor(buildNetwork(entry.network), tensors)
      try {
        const { data } = await predictor.logits(await picture(entry.normalization))
        const largest = Math.max(1, ...logits.map(Math.abs))
        data.forEach((value, index) => expect(Math.abs(value - logits[index]!)).toBeLessThan(1e-4 * largest))
      } finally {
        await predictor.dispose()
      }
    },
  )

  test('with a classifier of NaN, as torchvision’s IMAGENET1K_FEATURES, are convolutions for a new head', async () => {
    const file = await openWeights(fixture('torchvision-D-features.pth'))
    const { noClassifier, tensors } = await inspect(file)
    await file.close()
    expect(noClassifier).toBe('not-a-number')
    expect(tensors).toHaveLength(26)
    const { entry } = await imported('torchvision-D-features.pth', 'RGB')
    expect(entry).toMatchObject({ classifier: false, network: { config: 'D' } })
  })

  test('without a classifier, as Keras’ “notop”, are convolutions for a new head', async () => {
    const { entry } = await imported('keras-E-notop.h5', 'BGR')
    expect(entry).toMatchObject({ classifier: false, network: { config: 'E', widthMultiplier: 1 / 32 } })
  })

  test('in BGR get the first convolution’s channels reversed, and the mean with them', async () => {
    const { entry, path } = await imported('caffe-D.safetensors', 'BGR')
    expect(entry.normalization).toEqual({ mean: [123.68, 116.779, 103.939], std: [1, 1, 1] })
    const ours = (await loadEntry(path)).tensors.get('features.0.weight')!
    const file = await openWeights(fixture('caffe-D.safetensors'))
    const theirs = await file.tensors.get('conv1_1.weight')!.rows(0, 1)
    await file.close()
    expect([...ours.data.subarray(0, 9)]).toEqual([...theirs.subarray(18, 27)])
    expect([...ours.data.subarray(9, 18)]).toEqual([...theirs.subarray(9, 18)])
  })

  test.each(['NaN', 'Infinity'])('with a single %s are refused, naming the tensor', async (value) => {
    const bytes = await readFile(fixture('torchvision-D-legacy.pth'))
    bytes.writeFloatLE(Number(value), bytes.length - 4)
    const path = join(folder, 'poisoned.pth')
    await writeFile(path, bytes)
    const file = await openWeights(path)
    await expect(inspect(file)).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringMatching(new RegExp(`tensor \\S+ holds ${value}`)),
    })
    await file.close()
  })
})
