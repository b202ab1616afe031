import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tensor } from '../../core/base/tensor.ts'
import { findEngine } from '../../core/engine/index.ts'
import type { Engine } from '../../core/engine/types.ts'
import { evaluate, type EvaluationInput } from '../../core/evaluation/evaluate.ts'
import { softmax } from '../../core/evaluation/probabilities.ts'
import { parseProtocol } from '../../core/evaluation/protocol.ts'
import { predict } from '../../core/evaluation/predict.ts'
import type { Evaluation } from '../../core/evaluation/types.ts'
import { decode } from '../../core/image/decode.ts'
import { isotropic } from '../../core/image/geometry.ts'
import { resize } from '../../core/image/resize.ts'
import { initialize } from '../../core/network/initialize.ts'
import { drawPictures, type Pictures } from './pictures.ts'
import { type VggOptions, buildVgg } from '../network/build.ts'
import { say } from '../say.ts'

const options: VggOptions = {
  config: 'A',
  classes: 6,
  crop: 64,
  batchNorm: false,
  dropout: 0.5,
  head: 'fc',
  fcWidth: 16,
  widthMultiplier: 1 / 16,
}
const network = buildVgg(options)
const weights = initialize(network, 'he', 4)
const trainedOn = { crop: 64, scale: { min: 64, max: 96 }, mode: 'crop' } as const
const sizes = [[90, 120], [64, 64], [200, 70], [100, 101], [65, 64], [33, 40], [128, 96]] as const // prettier-ignore

let engine: Engine
let pictures: Pictures
let square: Pictures
beforeAll(async () => {
  engine = findEngine('onnxruntime')
  pictures = await drawPictures(sizes)
  square = await drawPictures([[64, 64], [64, 64], [64, 64]]) // prettier-ignore
})
afterAll(async () => {
  await pictures.remove()
  await square.remove()
})

const input = (asked: unknown = {}, paths = pictures.paths): EvaluationInput => ({
  network,
  weights,
  normalization: { mean: [120, 110, 100], std: [60, 61, 62] },
  classes: ['ant', 'bee', 'cat', 'dog', 'elk', 'fox'],
  protocol: parseProtocol(asked, trainedOn),
  engine,
  loaderOptions: { threads: 2 },
  items: paths.map((path, index) => ({ path, label: index % 6 })),
})

/** Every probability of every image, by item and class. */
const probabilities = ({ predictions }: Evaluation): number[][] =>
  predictions.map(({ top }) => [...top].sort((a, b) => a.label - b.label).map((entry) => entry.probability))

/** The middle 64×64 pixels of the whole image at that shorter side, normalized. */
async function centerOf(path: string, scale: number): Promise<Tensor> {
  const image = await decode(path)
  const size = isotropic(image, scale)
  const { data: levels } = await resize(image, size.width, size.height)
  const { mean, std } = input().normalization
  const [left, top] = [Math.floor((size.width - 64) / 2), Math.floor((size.height - 64) / 2)]
  const data = Float32Array.from({ length: 3 * 64 * 64 }, (_, index) => {
    const channel = Math.floor(index / 64 ** 2) as 0 | 1 | 2
    const [x, y] = [left + (index % 64), top + (Math.floor(index / 64) % 64)]
    return (levels[(y * size.width + x) * 3 + channel]! - mean[channel]) / std[channel]
  })
  return { shape: [1, 3, 64, 64], data }
}

const labels = ({ predictions }: Evaluation): number[][] =>
  predictions.map(({ top }) => top.map(({ label }) => label))

describe('an evaluation on center crops', () => {
  test('has the softmax of the network’s logits of each image, cropped at the test scale', async () => {
    const evaluation = await evaluate(input())
    const predictor = await engine.predictor(network, weights)
    for (const { item, top } of evaluation.predictions) {
      const images = await centerOf(pictures.paths[item]!, 80)
      const expected = softmax(await predictor.logits(images)).data
      expect(top).toHaveLength(5)
      for (const { label, probability } of top) expect(probability).toBeCloseTo(expected[label]!, 5)
    }
    await predictor.dispose()
    expect(evaluation.images).toBe(sizes.length)
    expect(evaluation.protocolText).toBe('Center crop 64, scale 80')
  })

  test('is the same whatever the number of decode threads', async () => {
    const one = await evaluate({ ...input(), loaderOptions: { threads: 1 } })
    const three = await evaluate({ ...input(), loaderOptions: { threads: 3 } })
    expect(three).toEqual(one)
  })

  test('sees the difference that flips and scales make', async () => {
    const plain = probabilities(await evaluate(input()))
    const flipped = probabilities(await evaluate(input({ flips: true })))
    const scaled = probabilities(await evaluate(input({ scales: [64, 80] })))
    expect(flipped).not.toEqual(plain)
    expect(scaled).not.toEqual(plain)
  })

  test('lists broken and missing files with the reason, and counts the others', async () => {
    const broken = join(pictures.folder, 'broken.jpg')
    await writeFile(broken, 'no picture')
    const missing = join(pictures.folder, 'missing.jpg')
    const paths = [pictures.paths[0]!, broken, pictures.paths[1]!, missing]
    for (const asked of [{ scales: [64, 80] }, { views: 'dense' }]) {
      const evaluation = await evaluate(input(asked, paths))
      expect(evaluation.images).toBe(2)
      expect(evaluation.failures.map(({ item, path }) => [item, path])).toEqual([
        [1, broken],
        [3, missing],
      ])
      expect(evaluation.failures.every(({ reason }) => say(reason).length > 10)).toBe(true)
    }
  })

  test('ends as canceled when its signal says so', async () => {
    const abort = new AbortController()
    const onProgress = () => abort.abort()
    const work = evaluate({ ...input({ scales: [64, 80] }), onProgress, signal: abort.signal })
    await expect(work).rejects.toMatchObject({ code: 'canceled' })
  })

  test('is refused without images', async () => {
    await expect(evaluate(input({}, []))).rejects.toMatchObject({ code: 'nothing-to-evaluate' })
  })
})

describe('a dense evaluation', () => {
  test('equals the plain one on images of the crop’s size', async () => {
    const asked = { scales: [64], flips: true }
    const plain = await evaluate(input(asked, square.paths))
    const dense = await evaluate(input({ ...asked, views: 'dense' }, square.paths))
    expect(labels(dense)).toEqual(labels(plain))
    probabilities(dense).forEach((row, image) =>
      row.forEach((value, label) => expect(value).toBeCloseTo(probabilities(plain)[image]![label]!, 4)),
    )
  })

  test('looks at more than the center of other images', async () => {
    const asked = { scales: [64], flips: true }
    const plain = probabilities(await evaluate(input(asked)))
    const dense = probabilities(await evaluate(input({ ...asked, views: 'dense' })))
    const difference = (image: number): number =>
      Math.max(...dense[image]!.map((value, label) => Math.abs(value - plain[image]![label]!)))
    expect(difference(1)).toBeLessThan(1e-5) // 64×64
    expect(difference(2)).toBeGreaterThan(1e-3) // 200×70
  })

  test('takes images of any size at several scales', async () => {
    const seen: number[] = []
    const evaluation = await evaluate({
      ...input({ views: 'dense', scales: [64, 96, 128] }),
      onProgress: ({ done }) => seen.push(done),
    })
    expect(evaluation.images).toBe(sizes.length)
    expect(evaluation.protocolText).toBe('Dense, scales 64 96 128, flipped')
    expect(seen.at(-1)).toBe(3 * sizes.length)
  })
})

describe('a prediction', () => {
  test('has the same five most probable classes, by name, as an evaluation', async () => {
    const { items, ...model } = input({ flips: true })
    const files = items.map(({ path }) => path)
    const evaluation = await evaluate(input({ flips: true }))
    const { predictions, protocolText } = await predict({ ...model, files })
    expect(protocolText).toBe('Center crop 64, scale 80, flipped')
    expect(predictions.map(({ path }) => path)).toEqual(files)
    expect(predictions.map(({ classes }) => classes)).toEqual(
      evaluation.predictions.map(({ top }) =>
        top.map(({ label, probability }) => ({ name: model.classes[label], probability })),
      ),
    )
  })

  test('lists files that cannot be read, and continues with the others', async () => {
    const { items, ...model } = input()
    const missing = join(pictures.folder, 'missing.jpg')
    const result = await predict({ ...model, files: [missing, items[0]!.path] })
    expect(result.predictions.map(({ path }) => path)).toEqual([items[0]!.path])
    expect(result.failures).toMatchObject([{ path: missing }])
  })
})
