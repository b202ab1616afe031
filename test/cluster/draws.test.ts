import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { permutation, random } from '../../core/base/random.ts'
import { openCropKernel } from '../../core/pipeline/cropKernel.ts'
import { centerCrop, trainingCrop } from '../../core/pipeline/crops.ts'
import { drawAugmentation } from '../../core/pipeline/augmentation.ts'
import { drawShare } from '../../core/pipeline/mixup.ts'
import { epochOrder, samplings } from '../../core/pipeline/sampler.ts'
import type { Augmentation, View } from '../../core/pipeline/types.ts'
import { learningRate } from '../../core/training/schedule.ts'
import { augmentationOf } from '../../core/training/preprocessing.ts'
import { gradient, temporaryFolder, type Folder } from '../pipeline/pictures.ts'
import { smallRecipe, statistics } from '../training/samples.ts'
import { unless } from '../unless.ts'
import { hasPillow, packageFolder, runPython } from './python.ts'

const noPillow = unless(hasPillow, 'VGG_STUDIO_PYTHON names none with numpy and pillow')

let folder: string
let pictures: Folder
beforeAll(async () => {
  if (!hasPillow) return
  folder = await packageFolder()
  pictures = await temporaryFolder()
})
afterAll(async () => {
  if (!hasPillow) return
  await rm(folder, { recursive: true })
  await pictures.discard()
})

/** What Python makes of an input. Numbers arrive to the last bit. */
async function inPython(input: unknown, body: string): Promise<unknown> {
  await writeFile(join(folder, 'input.json'), JSON.stringify(input))
  const program = `import json\ngiven = json.load(open("input.json"))\n${body}\nprint(json.dumps(result))`
  return JSON.parse(await runPython(folder, '-c', program))
}

const streams = [[0], [7, 0x6f726465, 3], [2 ** 40 + 5, 1, 2, 3], [1, 0xffffffff]]

test.skipIf(!hasPillow)(
  `whole and uniform numbers are the same to the bit in Python${noPillow}`,
  async () => {
    const ours = streams.map((stream) => {
      const source = random(...stream)
      const drawn = Array.from({ length: 50 }, () => [source.uint32(), source.uniform(), source.integer(17)])
      return [drawn, [...permutation(40, source)]]
    })
    const body = `
from vgg_studio_training.draws import Random, permutation
result = []
for stream in given:
    source = Random(*stream)
    drawn = [[source.uint32(), source.uniform(), source.integer(17)] for _ in range(50)]
    result.append([drawn, permutation(40, source)])`
    expect(await inPython(streams, body)).toEqual(ours)
  },
)

test.skipIf(!hasPillow)(`an epoch shows the images in the same order in Python${noPillow}`, async () => {
  const labels = Array.from({ length: 97 }, (_, index) => (index * index) % 5)
  const ours = samplings.flatMap((sampling) =>
    [0, 4].map((epoch) => [...epochOrder(labels, { seed: 11, epoch, sampling })]),
  )
  const body = `
from vgg_studio_training.order import epoch_order
result = [epoch_order(given, 11, epoch, sampling) for sampling in ("shuffle", "balanced") for epoch in (0, 4)]`
  expect(await inPython(labels, body)).toEqual(ours)
})

const everything = {
  ...{ rotation: 20, brightness: 0.4, contrast: 0.3, saturation: 0.5, blur: 2, erasing: 0.7, mixup: 0.4 },
} as const

const augmentations = (['random', 'center', 'resized'] as const).flatMap((crops) =>
  [{}, everything].map((more) =>
    augmentationOf(smallRecipe({ data: { crop: 32, scale: '34-70', crops, ...more } }).data, statistics),
  ),
)

/** Sines, cosines, logarithms and powers of two programs may differ in the last digit. */
const close = (value: unknown): unknown =>
  typeof value === 'number'
    ? expect.closeTo(value, 10)
    : Array.isArray(value)
      ? value.map(close)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, close(one)]))
        : value

test.skipIf(!hasPillow)(`draws of augmentation and mixup are the same in Python${noPillow}`, async () => {
  const places = [0, 1, 2, 3, 500]
  const ours = augmentations.map((options) =>
    places.map((place) => [drawAugmentation(options, 5, 2, place), drawShare(0.4, 5, 2, place)]),
  )
  const body = `
from vgg_studio_training.augmentation import draw, mixup_share
places = [0, 1, 2, 3, 500]
result = [[[draw(options, 5, 2, place), mixup_share(0.4, 5, 2, place)] for place in places] for options in given]`
  expect(await inPython(augmentations, body)).toEqual(close(ours))
})

test.skipIf(!hasPillow)(`rates are the same in Python, whatever the schedule${noPillow}`, async () => {
  const schedules = [
    ...['plateau', 'step', 'cosine', 'constant'].map((kind) => ({ kind, warmup: 1.5 })),
    { kind: 'step', every: 2 },
    { kind: 'cosine', final: 0.001 },
  ] as never[]
  const all = schedules.map((schedule) => smallRecipe({ optimization: { epochs: 7, schedule } }).optimization)
  const state = { best: 0.5, sinceBest: 1, waited: 1, drops: 2 }
  const moments = [0, 1, 3, 6].flatMap((epoch) => [0, 3].map((step) => ({ epoch, step, stepsPerEpoch: 5 })))
  const ours = all.map((own) => moments.map((moment) => learningRate(own, state, moment)))
  const body = `
from vgg_studio_training.schedule import learning_rate
result = [[learning_rate(own, given["state"], epoch, step, 5) for epoch in (0, 1, 3, 6) for step in (0, 3)] for own in given["all"]]`
  expect(await inPython({ all, state }, body)).toEqual(close(ours))
})

const modes = ['crop', 'pad', 'pad-white', 'squash'] as const
const normalization = { mean: [121.5, 110.25, 100.7], std: [60, 55, 50] } as const

test.skipIf(!hasPillow)(
  `crops have the same pixels in Python, to a hundredth of a level${noPillow}`,
  async () => {
    const path = await pictures.put('wide.png', await gradient(150, 90))
    const context = { normalization, cache: null, kernel: openCropKernel() }
    const source = { path, hash: '' }
    const training = modes.flatMap((mode) =>
      augmentations.map((options): Augmentation => ({ ...options, mode })),
    )
    const views = modes.map((mode): View => ({ kind: 'center', scale: 40, crop: 32, mode }))
    const planes = new Float32Array(3 * 32 * 32)
    const ours: number[][] = []
    for (const augmentation of training) {
      await trainingCrop(context, source, { augmentation, seed: 3, epoch: 1 }, 6, planes)
      ours.push([...planes])
    }
    for (const view of views) {
      await centerCrop(context, source, view, planes)
      ours.push([...planes])
    }
    const body = `
from vgg_studio_training.images import training_crop, center_crop
norm = given["normalization"]
crops = [training_crop(given["path"], options, norm, 3, 1, 6) for options in given["training"]]
crops += [center_crop(given["path"], view, norm) for view in given["views"]]
result = [one.ravel().tolist() for one in crops]`
    const theirs = (await inPython({ path, normalization, training, views }, body)) as number[][]
    const largest = ours.map((own, index) =>
      own.reduce((most, value, at) => Math.max(most, Math.abs(value - theirs[index]![at]!)), 0),
    )
    // Where an image is first brought to the cache's form, levels halfway between two are rounded either way.
    expect(Math.max(...largest) * 50).toBeLessThan(1.2)
    expect(largest.filter((one) => one * 60 < 0.01).length).toBeGreaterThan(largest.length / 2)
  },
)
