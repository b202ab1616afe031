import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { augmentedCrops } from '../../../core/jobs/tasks/crops.ts'
import { openLoader } from '../../../core/pipeline/loader.ts'
import type { Augmentation } from '../../../core/pipeline/types.ts'
import { remove, temporaryFolder } from '../../server/support.ts'

const folder = temporaryFolder()
afterAll(() => remove(folder))

const crop = 32
const augmentation: Augmentation = {
  ...{ crop, scale: { min: 36, max: 44 }, mode: 'crop', flip: true },
  colorShift: {
    strength: 1,
    values: [900, 100, 20],
    vectors: [
      [0.6, 0.6, 0.53],
      [0.7, -0.7, 0.1],
      [0.4, 0.3, -0.86],
    ],
  },
}

/** Slow gradients, which WebP keeps to some levels. */
async function picture(name: string, width: number, height: number): Promise<string> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)]
    return [(200 * x) / width + 20, (200 * y) / height + 20, (100 * (x + y)) / (width + height) + 60][at % 3]!
  })
  const path = join(folder, name)
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path)
  return path
}

const distorted: Augmentation = {
  ...{ ...augmentation, rotation: 60, brightness: 0.1, contrast: 0.1, saturation: 0.1, blur: 1 },
  ...{ crops: 'resized', cropArea: 0.3 },
}

test.each([
  ['as in the paper', augmentation],
  ['distorted', distorted],
  ['mixed', { ...augmentation, mixup: 1 }],
])('a preview shows the pixels that training sees, %s', async (_, own) => {
  const paths = [await picture('wide.png', 300, 180), await picture('small.png', 40, 61)]
  const mean: [number, number, number] = [120, 110, 100]
  const loader = openLoader({
    items: paths.map((path) => ({ path, label: 0 })),
    normalization: { mean, std: [1, 1, 1] },
    threads: 1,
  })
  const plan = {
    order: Uint32Array.from([0, 1]),
    from: 0,
    microBatch: 2,
    augmentation: own,
    seed: 7,
    epoch: 3,
  }
  const { value } = await loader.training(plan).next()
  const seen = Float32Array.from(value!.images.data)
  await loader.dispose()

  const images = paths.map((path, place) => ({ path, place, label: place }))
  const shown = await augmentedCrops({ images, augmentation: own, fill: mean, seed: 7, epoch: 3 })
  expect(shown[1]!.mixed?.label).toBe(own.mixup ? 0 : undefined)
  for (const [index, one] of shown.entries()) {
    const levels = await sharp(one!.picture).removeAlpha().raw().toBuffer()
    const differences = Array.from(levels, (level, at) => {
      const channel = at % 3
      const plane = (index * 3 + channel) * crop * crop
      const trained = seen[plane + (at - channel) / 3]! + mean[channel]!
      return Math.abs(level - Math.max(0, Math.min(255, trained)))
    })
    expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThan(4)
    // Corners beyond the image are edges, which WebP softens.
    const far = differences.filter((difference) => difference >= 16).length / differences.length
    expect(far).toBeLessThan(own === distorted ? 0.03 : 1e-9)
  }
})

test('a preview says which part it shows, and how it is turned', async () => {
  const images = [{ path: await picture('part.png', 200, 100), place: 0, label: 0 }]
  const ask = async (own: Partial<Augmentation>) => {
    const all = { ...augmentation, ...own }
    const [one] = await augmentedCrops({ images, augmentation: all, fill: [0, 0, 0], seed: 1, epoch: 0 })
    return one!
  }
  expect(await ask({})).toMatchObject({ turned: 0 })
  expect((await ask({})).scale).toBeGreaterThanOrEqual(36)
  const { scale, window, turned, mirror } = await ask({ crops: 'resized', cropArea: 0.5, rotation: 20 })
  expect(scale).toBeNull()
  expect(window.width * window.height).toBeGreaterThan(0.48)
  expect(window.left + window.width).toBeLessThanOrEqual(1)
  expect(window.top + window.height).toBeLessThanOrEqual(1)
  expect(Math.abs(turned)).toBeLessThanOrEqual(20)
  const upright = await ask({ crops: 'resized', cropArea: 0.5, rotation: 20, flip: !mirror })
  expect(Math.abs(upright.turned)).toBe(Math.abs(turned))
})
