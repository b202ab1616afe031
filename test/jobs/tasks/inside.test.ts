import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, expect, test, vi } from 'vitest'
import { modelOf, openCheckpoint } from '../../../core/jobs/context/checkpoints.ts'
import { openInsides, type ActivationsInput } from '../../../core/jobs/tasks/activations.ts'
import { heatMap } from '../../../core/jobs/tasks/heatMap.ts'
import { activationPictures, filterPictures } from '../../../core/jobs/tasks/insidePictures.ts'
import { predictImages } from '../../../core/jobs/predict.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { smallStudio } from '../small.ts'
import { tinyRecipe } from '../../server/support.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio(3, 8)
let image = ''
async function pixelsOf(picture: Uint8Array) {
  const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true })
  expect(info.channels).toBe(3)
  return { data, width: info.width }
}
const asked = (layer: string, more: Partial<ActivationsInput> = {}): ActivationsInput => ({
  ...{ run: 'r1', image, layer, normalization: 'each', order: 'network', offset: 0, limit: 64 },
  ...more,
})

beforeAll(async () => {
  const { context, folder } = studio
  const name = join(folder, 'test', readdirSync(join(folder, 'test'))[0]!)
  image = join(name, readdirSync(name)[0]!)
  await trainRun(context, { dataset: folder, recipe: tinyRecipe })
})

test('the last layer’s activations are the logits of the prediction, from the run’s own checkpoint', async () => {
  const { context } = studio
  const { tiles, shape, channels } = await openInsides(context).activations(asked('classifier.6'))
  expect([shape, channels]).toEqual([[3], 3])
  const { predictions } = await predictImages(context, { run: 'r1', images: [image] })
  const exponentials = [...tiles.values].map(Math.exp)
  const sum = exponentials.reduce((all, one) => all + one, 0)
  const found = predictions[0]!.classes.map(({ probability }) => probability)
  exponentials
    .map((one) => one / sum)
    .sort((a, b) => b - a)
    .forEach((one, index) => expect(one).toBeCloseTo(found[index]!, 5))
})

test('channels come in the network’s order or by their mean, a page at a time, with their least and greatest', async () => {
  const insides = openInsides(studio.context)
  const all = await insides.activations(asked('features.2'))
  const plane = 32 * 32
  expect([all.shape, all.channels]).toEqual([[6, 32, 32], 6])
  all.shown.forEach(({ channel, min, max, mean }, place) => {
    const own = [...all.tiles.values.subarray(place * plane, (place + 1) * plane)]
    expect(channel).toBe(place)
    expect([min, max]).toEqual([Math.min(...own), Math.max(...own)])
    expect(mean).toBeCloseTo(own.reduce((sum, one) => sum + one, 0) / plane, 5)
  })
  // ReLU leaves nothing below zero.
  expect(all.range.min).toBe(0)
  const page = await insides.activations(asked('features.2', { order: 'mean', offset: 1, limit: 2 }))
  const ordered = all.shown.toSorted((a, b) => b.mean - a.mean)
  expect(page.shown).toEqual(ordered.slice(1, 3))
})

test('its pictures hold the maps that were asked for, and the input is what the network sees', async () => {
  const insides = openInsides(studio.context)
  const { sheet, shown, range } = await activationPictures(
    insides,
    asked('features.2', { normalization: 'all', limit: 4 }),
  )
  const { tiles } = await insides.activations(asked('features.2'))
  const { width, data } = await pixelsOf(sheet.picture)
  expect([sheet.width, sheet.columns, width, shown.length]).toEqual([32, 2, 64, 4])
  const level = (channel: number, x: number, y: number): number =>
    data[3 * (((channel >> 1) * 32 + y) * width + (channel & 1) * 32 + x)]!
  for (const [channel, x, y] of [
    [0, 3, 4],
    [1, 31, 0],
    [3, 17, 30],
  ] as const) {
    const value = tiles.values[(channel * 32 + y) * 32 + x]!
    expect(level(channel, x, y)).toBe(Math.round((255 * (value - range.min)) / (range.max - range.min)))
  }
  const input = await insides.activations(asked('input'))
  expect([input.shape, input.channels]).toEqual([[3, 32, 32], 3])
})

test('a heat map is of the predicted class at the last convolution, or of any class at any layer with a map', async () => {
  const { context } = studio
  const { predictions } = await predictImages(context, { run: 'r1', images: [image] })
  const { classes } = context.registry.datasets.get('d1')
  const found = await heatMap(context, { run: 'r1', image })
  expect([found.layer, found.width, found.height]).toEqual(['features.25', 2, 2])
  expect(classes[found.explained]).toBe(predictions[0]!.classes[0]!.name)
  expect(found.explained).toBe(found.predicted)
  expect(found.probability).toBeCloseTo(predictions[0]!.classes[0]!.probability, 5)
  const seen = await sharp(found.seen).metadata()
  expect([seen.width, seen.height]).toEqual([32, 32])
  const other = await heatMap(context, { run: 'r1', image, layer: 'features.0', explained: 1 })
  const { data, info } = await sharp(other.heat).raw().toBuffer({ resolveWithObject: true })
  expect([other.explained, info.width, info.channels]).toEqual([1, 32, 4])
  const alpha = data.filter((_, at) => at % 4 === 3)
  expect(Math.max(...alpha)).toBe(other.greatest > 0 ? 255 : 0)
  await expect(heatMap(context, { run: 'r1', image, layer: 'nothing' })).rejects.toMatchObject({
    code: 'not-found',
  })
})

test('filters are the first convolution’s weights, and what there is not is refused', async () => {
  const { context } = studio
  const { sheet, ranges, label, checkpoint } = await filterPictures(context, { run: 'r1' })
  expect([label, checkpoint, ranges.length, sheet.columns]).toEqual(['conv1-1', 'best', 6, 3])
  const { checkpoint: opened } = await openCheckpoint(context, context.registry.runs.get('r1'))
  const weights = modelOf(opened).weights.get('features.0.weight')!.data
  const { width, data } = await pixelsOf(sheet.picture)
  const filter = 4
  const own = weights.subarray(filter * 27, (filter + 1) * 27)
  const [min, max] = [Math.min(...own), Math.max(...own)]
  for (let channel = 0; channel < 3; channel++) {
    const value = own[channel * 9 + 3 * 1 + 2]!
    const pixel = data[3 * ((3 + 1) * width + 3 + 2) + channel]
    expect(pixel).toBe(Math.round((255 * (value - min)) / (max - min)))
  }
  await expect(openInsides(context).activations(asked('features.99'))).rejects.toMatchObject({
    code: 'not-found',
  })
  await expect(
    openInsides(context).activations(asked('features.0', { image: '/nowhere.png' })),
  ).rejects.toThrow(/nowhere/)
})
