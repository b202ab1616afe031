import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { decode } from '../../core/image/decode.ts'
import { centerPlacement, isotropic, randomPlacement } from '../../core/image/geometry.ts'
import { loadCrop } from '../../core/image/load.ts'
import { resize } from '../../core/image/resize.ts'
import { drawAugmentation } from '../../core/pipeline/augmentation.ts'
import { openLoader } from '../../core/pipeline/loader.ts'
import { normalize } from '../../core/pipeline/normalize.ts'
import type { Augmentation, Item, Loader, LoaderOptions } from '../../core/pipeline/types.ts'
import {
  augmentation,
  collect,
  copyOf,
  epochOf,
  gradient,
  imagesOf,
  inOrder,
  mixedItems,
  normalization,
  temporaryFolder,
  type Folder,
} from './pictures.ts'
import { say } from '../say.ts'

let folder: Folder
let items: Item[]
let grid: string
beforeAll(async () => {
  folder = await temporaryFolder()
  items = await mixedItems(folder)
  grid = await folder.put('grid.png', await gradient(200, 150))
})
afterAll(() => folder.discard())

let opened: Loader[] = []
afterEach(async () => {
  await Promise.all(opened.map((loader) => loader.dispose()))
  opened = []
})

function open(options: Partial<LoaderOptions> = {}): Loader {
  const loader = openLoader({ items, normalization, threads: 2, ...options })
  opened.push(loader)
  return loader
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)
const backwards = (): Uint32Array => inOrder(items.length).reverse()

describe('what a training epoch yields', () => {
  it('is the same for one, two and three threads, and on every call', async () => {
    const one = await epochOf(open({ threads: 1 }), { order: backwards() })
    const two = open({ threads: 2 })
    expect(await epochOf(two, { order: backwards() })).toEqual(one)
    expect(await epochOf(two, { order: backwards() })).toEqual(one)
    expect(await epochOf(open({ threads: 3 }), { order: backwards() })).toEqual(one)
    expect(one.map(({ labels }) => labels.length)).toEqual([4, 4, 4, 4, 1])
  })

  it('resumes with exactly the tail, from any place', async () => {
    const loader = open()
    const all = await epochOf(loader, { order: backwards() })
    expect(await epochOf(loader, { order: backwards(), from: 8 })).toEqual(all.slice(2))
    const odd = await epochOf(loader, { order: backwards(), from: 5, microBatch: 3 })
    expect(imagesOf(odd)).toEqual(imagesOf(all).slice(5))
    expect(await epochOf(loader, { order: backwards(), from: 17 })).toEqual([])
  })

  it('is as exact with every distortion', async () => {
    const all: Augmentation = {
      ...{ ...augmentation, crops: 'resized', cropArea: 0.2, rotation: 40 },
      ...{ brightness: 0.4, contrast: 0.4, saturation: 0.4, blur: 2, erasing: 0.5 },
    }
    const order = backwards()
    const one = await epochOf(open({ threads: 1 }), { order, augmentation: all })
    const cache = { folder: `${folder.path}/distorted`, bytes: 1e9 }
    const cached = open({ threads: 3, cache })
    expect(await epochOf(cached, { order, augmentation: all })).toEqual(one)
    expect(await epochOf(cached, { order, augmentation: all, from: 8 })).toEqual(one.slice(2))
    expect(imagesOf(await epochOf(cached, { order }))).not.toEqual(imagesOf(one))
  })

  it('names the items and labels in the order asked for, repeated ones drawn anew', async () => {
    const [batch] = await epochOf(open(), { order: Uint32Array.of(5, 2, 5, 9) })
    expect([...batch!.items]).toEqual([5, 2, 5, 9])
    expect([...batch!.labels]).toEqual([2, 2, 2, 0])
    expect(batch!.images.shape).toEqual([4, 3, 40, 40])
    const [first, , again] = imagesOf([batch!])
    expect(first).not.toEqual(again)
  })

  it('differs from epoch to epoch and from seed to seed', async () => {
    const loader = open()
    const order = Uint32Array.of(1, 3, 5)
    const [batch] = await epochOf(loader, { order })
    expect((await epochOf(loader, { order, epoch: 2 }))[0]!.images).not.toEqual(batch!.images)
    expect((await epochOf(loader, { order, seed: 4 }))[0]!.images).not.toEqual(batch!.images)
  })

  it('lists files that cannot be loaded, whose pixels are zero', async () => {
    const batches = await epochOf(open(), { order: inOrder(items.length), microBatch: 16 })
    const failures = batches.flatMap((batch) => batch.failures)
    expect(failures.map(({ position }) => position)).toEqual([4, 11])
    expect(failures.map(({ path }) => path)).toEqual([items[4]!.path, items[11]!.path])
    expect(say(failures[0]!.reason)).toMatch(/^It is a text file/)
    expect(say(failures[1]!.reason)).toMatch(/^The file could not be read/)
    imagesOf(batches).forEach((image, index) =>
      expect(image.every((value) => value === 0)).toBe(index === 4 || index === 11),
    )
  })
})

describe('a training crop', () => {
  it('shows the part of the rescaled image that was drawn, mirrored or not', async () => {
    const plain = { ...augmentation, crop: 64, scale: { min: 100, max: 260 }, colorShift: null }
    const order = new Uint32Array(40)
    const loader = open({
      items: [{ path: grid, label: 0 }],
      normalization: { mean: [7, 5, 3], std: [1, 2, 1] },
    })
    const images = imagesOf(await epochOf(loader, { order, augmentation: plain, microBatch: 16 }))
    let mirrored = 0
    images.forEach((image, place) => {
      const draw = drawAugmentation(plain, 3, 1, place)
      const width = Math.round((200 * draw.scale) / 150)
      const left = Math.floor(draw.u * (width - 64 + 1))
      const top = Math.floor(draw.v * (draw.scale - 64 + 1))
      mirrored += Number(draw.mirror)
      for (const [x, y] of [
        [5, 7],
        [31, 50],
        [60, 12],
      ] as const) {
        const column = left + (draw.mirror ? 63 - x : x)
        const at = y * 64 + x
        // Where it was in the file: half-pixel centers. Filtering hardly changes a gradient but at the border.
        const seen = { x: image[at]! + 7, y: image[4096 + at]! * 2 + 5 }
        const expected = {
          x: ((column + 0.5) * 200) / width - 0.5,
          y: ((top + y + 0.5) * 150) / draw.scale - 0.5,
        }
        const border = Math.min(expected.x, expected.y, 199 - expected.x, 149 - expected.y) < 2
        const tolerance = border ? 0.6 : draw.scale < 150 ? 0.15 : 1e-4
        expect(Math.abs(seen.x - expected.x)).toBeLessThan(tolerance)
        expect(Math.abs(seen.y - expected.y)).toBeLessThan(tolerance)
        expect(image[2 * 4096 + at]).toBeCloseTo(87, 4)
      }
    })
    expect(mirrored).toBeGreaterThan(10)
    expect(mirrored).toBeLessThan(30)
  })

  it('has the mean subtracted and the color shift added exactly', async () => {
    const shifted = { ...augmentation, crop: 150, scale: { min: 150, max: 150 }, flip: false }
    const loader = open({ items: [{ path: grid, label: 0 }] })
    const [image] = imagesOf(await epochOf(loader, { order: new Uint32Array(1), augmentation: shifted }))
    const { shift, u } = drawAugmentation(shifted, 3, 1, 0)
    const left = Math.floor(u * 51)
    for (const [x, y] of [
      [0, 0],
      [149, 149],
      [20, 130],
    ] as const) {
      const levels = [left + x, y, 90] as const
      for (const channel of [0, 1, 2] as const) {
        const { mean, std } = normalization
        const expected = (levels[channel] + shift[channel] - mean[channel]) / std[channel]
        const seen = image![channel * 22_500 + y * 150 + x]!
        expect(Math.abs(seen - expected)).toBeLessThan(2e-6 * Math.abs(128 / std[channel]))
      }
    }
  })

  it('pads with the mean or white and squashes as the image folder says', async () => {
    const loader = open({
      items: [{ path: grid, label: 0 }],
      normalization: { mean: [9, 8, 7], std: [1, 1, 1] },
    })
    for (const mode of ['pad', 'pad-white', 'squash'] as const) {
      const framed = { ...augmentation, mode, scale: { min: 60, max: 90 }, colorShift: null }
      const image = imagesOf(await epochOf(loader, { order: new Uint32Array(1), augmentation: framed }))[0]!
      const draw = drawAugmentation(framed, 3, 1, 0)
      const small = { width: 90, height: mode === 'squash' ? 90 : 68 }
      const placement = randomPlacement(small, { mode, crop: 40, scale: draw.scale }, draw)
      const [red, green] = mode === 'pad-white' ? [255 - 9, 255 - 8] : [0, 0]
      const outside = [...image.subarray(0, 1600).keys()].filter(
        (at) => image[at] === red && image[1600 + at] === green,
      )
      const rows = Array.from({ length: 40 }, (_, y) => placement.top + y)
      const padding = rows.filter((row) => row < 0 || row >= placement.resized.height).length * 40
      expect(outside.length).toBe(mode === 'squash' ? 0 : padding)
    }
  })
})

describe('views', () => {
  it('center: exactly what decode, resize and crop give', async () => {
    const usable = items.filter((_, index) => index !== 4 && index !== 11)
    const view = { kind: 'center', scale: 64, crop: 48, mode: 'crop' } as const
    const batches = await collect(open({ items: usable }).views({ view, microBatch: 6 }))
    expect(batches.map(({ labels }) => labels.length)).toEqual([6, 6, 3])
    const images = imagesOf(batches)
    for (const [index, { path }] of usable.entries()) {
      const options = { exact: true, fill: normalization.mean }
      const levels = await loadCrop(path, (size) => centerPlacement(size, view), options)
      const expected = new Float32Array(levels.length)
      normalize(levels, expected, normalization)
      expect(images[index]).toEqual(expected)
    }
  })

  it('renditions: each image once, in its own shape, in all the sizes that were asked for', async () => {
    const renditions = [
      { mode: 'crop', scale: 70 },
      { mode: 'squash', scale: 50 },
      { mode: 'crop', scale: 40 },
    ] as const
    const rendered = await Array.fromAsync(open().renditions({ renditions, order: inOrder(items.length) }))
    expect(rendered.map(({ position }) => position)).toEqual(items.map((_, index) => index))
    const failed = rendered.filter(({ failure }) => failure !== null)
    expect(failed.map(({ position }) => position)).toEqual([4, 11])
    expect(failed[0]!.images).toEqual([])
    const original = await decode(items[7]!.path)
    expect(original.width).not.toBe(original.height)
    const { width, height } = isotropic(original, 70)
    const small = isotropic(original, 40)
    expect(rendered[7]!.images).toEqual([
      resize(original, width, height),
      resize(original, 50, 50),
      resize(original, small.width, small.height),
    ])
  })

  it('renditions: only of the images that were asked for, and in that order', async () => {
    const order = Uint32Array.of(7, 2, 4)
    const rendered = await Array.fromAsync(
      open().renditions({ renditions: [{ mode: 'crop', scale: 40 }], order }),
    )
    expect(rendered.map(({ position }) => position)).toEqual([7, 2, 4])
  })
})

describe('working ahead', () => {
  it('continues while the consumer’s thread is blocked', async () => {
    const loader = open()
    const batches = loader.training({
      order: backwards(),
      from: 0,
      microBatch: 2,
      augmentation,
      seed: 1,
      epoch: 0,
    })
    const first = await batches.next()
    expect(first.value!.waited).toBeGreaterThan(0)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
    for (let count = 0; count < 3; count++) expect((await batches.next()).value!.waited).toBeLessThan(0.05)
    await batches.return()
  })

  it('leaves a batch’s memory alone until the next is asked for', async () => {
    const many = Array.from({ length: 60 }, () => items[1]!)
    const large = { ...augmentation, crop: 256, scale: { min: 256, max: 300 } }
    const plan = { order: inOrder(60), from: 0, microBatch: 8, augmentation: large, seed: 1, epoch: 0 }
    for await (const batch of open({ items: many }).training(plan)) {
      const before = copyOf(batch).images.data
      await new Promise((resolve) => setTimeout(resolve, 30))
      expect(Buffer.compare(bytesOf(batch.images.data), bytesOf(before))).toBe(0)
    }
  })
})

describe('generators', () => {
  it('may be left early, and followed by others', async () => {
    const loader = open()
    const expected = await epochOf(loader, { order: backwards() })
    for (let round = 0; round < 3; round++) {
      for await (const batch of loader.training({
        order: backwards(),
        from: 0,
        microBatch: 4,
        augmentation,
        seed: 3,
        epoch: 1,
      })) {
        expect(copyOf(batch).images).toEqual(expected[0]!.images)
        break
      }
      const view = { kind: 'center', scale: 60, crop: 40, mode: 'crop' } as const
      for await (const batch of loader.views({ view, microBatch: 2 })) if (batch.items[0]! > 3) break
    }
    expect(await epochOf(loader, { order: backwards() })).toEqual(expected)
  })

  it('may run at the same time', async () => {
    const loader = open({ threads: 1 })
    const expected = await epochOf(loader, { order: backwards() })
    const training = loader.training({
      order: backwards(),
      from: 0,
      microBatch: 4,
      augmentation,
      seed: 3,
      epoch: 1,
    })
    for (const batch of expected) {
      expect(copyOf((await training.next()).value!)).toEqual(batch)
      expect(
        (
          await Array.fromAsync(
            loader.renditions({ renditions: [{ mode: 'crop', scale: 40 }], order: inOrder(items.length) }),
          )
        ).length,
      ).toBe(17)
    }
    expect((await training.next()).done).toBe(true)
  })
})
