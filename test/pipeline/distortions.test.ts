import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { regionOf, regionPlacement, widened } from '../../core/image/region.ts'
import type { Region } from '../../core/image/resample.ts'
import type { Rgb, RgbImage, Size } from '../../core/image/types.ts'
import { drawAugmentation } from '../../core/pipeline/augmentation.ts'
import { openCropKernel } from '../../core/pipeline/cropKernel.ts'
import { blur, blurRadius, changeColors, erase, rotate, rotationMargin } from '../../core/pipeline/distort.ts'
import type { ColorChange } from '../../core/pipeline/distortionDraws.ts'
import type { Augmentation } from '../../core/pipeline/types.ts'

/** Planes as torchvision gives them: floats, and what it makes of 8-bit images. */
interface Result {
  readonly values: string
  readonly bytes: string
}
/** Made by test/reference/distortions.py. */
interface Fixture {
  readonly image: Size & { readonly data: string }
  readonly crop: number
  readonly fill: Rgb
  readonly resized: readonly ({
    readonly place: number
    readonly least: number
    readonly u: number
    readonly v: number
    readonly size: Size
    readonly region: Region
  } & Partial<Result>)[]
  readonly rotations: readonly (Result & {
    readonly left: number
    readonly top: number
    readonly degrees: number
    readonly mirror: boolean
  })[]
  readonly colors: readonly (Result & { readonly changes: readonly ColorChange[] })[]
  readonly blurs: readonly (Result & { readonly deviation: number; readonly radius: number })[]
  readonly erased: readonly (Region | null)[]
}

const file = new URL('../fixtures/pipeline/distortions.json', import.meta.url)
const fixture = JSON.parse(await readFile(file, 'utf8')) as Fixture
const { crop, fill } = fixture
const image: RgbImage = { ...fixture.image, data: new Uint8Array(Buffer.from(fixture.image.data, 'base64')) }
const plain = { factor: [1, 1, 1], offset: [0, 0, 0] } as const
const kernel = openCropKernel()
const base: Augmentation = {
  ...{ crop, scale: { min: crop, max: crop }, mode: 'crop', flip: false, colorShift: null },
}

function cropped(placement: Parameters<typeof kernel.crop>[1]): Float32Array {
  const planes = new Float32Array(3 * placement.crop ** 2)
  kernel.crop(image, placement, plain, fill, planes)
  return planes
}

/** The image's corner in its own size, as torchvision was given it. */
const corner = (): Float32Array => cropped({ resized: image, left: 0, top: 0, crop, mirror: false })

/** Largest difference from torchvision's result on floats, and on bytes, levels. */
function differences(planes: Float32Array, { values, bytes }: Result): readonly [number, number] {
  const floats = Buffer.from(values, 'base64')
  const levels = Buffer.from(bytes, 'base64')
  const most = (level: (index: number) => number): number =>
    planes.reduce((largest, value, index) => Math.max(largest, Math.abs(value - level(index))), 0)
  expect(planes.length).toBe(levels.length)
  return [most((index) => floats.readFloatLE(4 * index)), most((index) => levels[index]!)]
}

/** On floats a thousandth of a level; on bytes torchvision rounds, between its steps too. */
function expectClose(planes: Float32Array, result: Result, onBytes: number): void {
  const [floats, bytes] = differences(planes, result)
  expect(floats).toBeLessThan(1e-3)
  expect(bytes).toBeLessThan(onBytes)
}

describe('beside torchvision on fixed draws', () => {
  it('a resized crop shows the same part, to a thousandth of a level', () => {
    for (const { place, least, size, region, u, v, ...result } of fixture.resized) {
      const options: Augmentation = { ...base, crops: 'resized', cropArea: least }
      const { regions } = drawAugmentation(options, 9, 2, place)
      expect(regionOf(size, regions!, { u, v })).toEqual(region)
      if (!result.values) continue
      expectClose(cropped(regionPlacement(region, crop, false)), result as Result, 1)
    }
  })

  it('rotation about the crop’s middle is the same, to a thousandth of a level', () => {
    for (const { left, top, degrees, mirror, ...result } of fixture.rotations) {
      const margin = rotationMargin(crop, degrees)
      const around = cropped(widened(image, { resized: image, left, top, crop, mirror }, margin))
      const planes = new Float32Array(3 * crop * crop)
      rotate(around, planes, crop, degrees)
      expectClose(planes, result, 0.502)
    }
  })

  it('brightness, contrast and saturation are the same in any order, to three levels on bytes', () => {
    for (const { changes, ...result } of fixture.colors) {
      const planes = corner()
      changeColors(planes, changes)
      expectClose(planes, result, 3)
    }
  })

  it('blur is the same, to a thousandth of a level', () => {
    for (const { deviation, radius, ...result } of fixture.blurs) {
      expect(blurRadius(crop, deviation)).toBe(radius)
      const planes = corner()
      blur(planes, crop, deviation)
      expectClose(planes, result, 0.502)
    }
  })

  it('random erasing draws the same rectangles', () => {
    const options: Augmentation = { ...base, erasing: 0.5 }
    const drawn = fixture.erased.map(
      (_, place) => drawAugmentation(options, 9, 2, place).distortion?.erased ?? null,
    )
    expect(drawn).toEqual(fixture.erased)
    expect(drawn.filter((one) => one !== null).length).toBeGreaterThan(20)
  })
})

it('erasing puts the mean into the rectangle, and nowhere else', () => {
  const planes = new Float32Array(3 * 16).fill(7)
  erase(planes, 4, { left: 1, top: 2, width: 2, height: 1 }, 0)
  const erased = [...planes.keys()].filter((index) => planes[index] === 0)
  expect(erased).toEqual([9, 10, 25, 26, 41, 42])
})

it('a turned resized crop shows what lies around it, half a pixel off at most', () => {
  const [width, height] = [60, 40]
  // Red tells the column, green the row.
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3)
    return [4 * (pixel % width), 6 * Math.floor(pixel / width), 9][at % 3]!
  })
  const region = { left: 20, top: 10, width: 24, height: 18 }
  const placement = widened({ width, height }, regionPlacement(region, crop, false), rotationMargin(crop, 90))
  const around = new Float32Array(3 * placement.crop ** 2)
  kernel.crop({ width, height, data }, placement, plain, fill, around)
  const planes = new Float32Array(3 * crop * crop)
  rotate(around, planes, crop, 90)
  for (let y = 0; y < crop; y++)
    for (let x = 0; x < crop; x++) {
      // Turned a quarter counterclockwise, the right border comes to the top.
      const column = region.left + ((crop - 1 - y + 0.5) / crop) * region.width - 0.5
      const row = region.top + ((x + 0.5) / crop) * region.height - 0.5
      expect(Math.abs(planes[y * crop + x]! / 4 - column)).toBeLessThan((0.55 * region.width) / crop)
      expect(Math.abs(planes[crop * crop + y * crop + x]! / 6 - row)).toBeLessThan(
        (0.55 * region.height) / crop,
      )
    }
})

describe('what distortions draw', () => {
  const options: Augmentation = {
    ...base,
    ...{ rotation: 30, brightness: 0.4, contrast: 0.3, saturation: 2, blur: 2, erasing: 0.25 },
  }
  const count = 4000
  const draw = (own: Augmentation, place: number) => drawAugmentation(own, 5, 1, place).distortion
  const draws = Array.from({ length: count }, (_, place) => draw(options, place)!)
  const share = (holds: (one: (typeof draws)[number]) => boolean): number =>
    draws.filter(holds).length / count

  it('is uniform within what was asked for', () => {
    const factors = (kind: string) =>
      draws.map(({ colors }) => colors.find((change) => change.kind === kind)!.factor)
    const ranges: readonly (readonly [readonly number[], number, number])[] = [
      [draws.map(({ rotation }) => rotation), -30, 30],
      [factors('brightness'), 0.6, 1.4],
      [factors('contrast'), 0.7, 1.3],
      [factors('saturation'), 0, 3],
      [draws.map(({ blur: deviation }) => deviation).filter((deviation) => deviation > 0), 0.1, 2],
    ]
    for (const [values, least, most] of ranges) {
      const parts = values.map((value) => (value - least) / (most - least))
      expect(Math.min(...parts)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...parts)).toBeLessThan(1)
      for (let quarter = 0; quarter < 4; quarter++) {
        const within = parts.filter((part) => Math.floor(part * 4) === quarter).length / parts.length
        expect(within).toBeCloseTo(0.25, 1)
      }
    }
  })

  it('blurs every other crop, erases by its probability, and takes colors in any order', () => {
    expect(share(({ blur: deviation }) => deviation > 0)).toBeCloseTo(0.5, 1)
    expect(share(({ erased }) => erased !== null)).toBeCloseTo(0.25, 1)
    const orders = new Set(draws.map(({ colors }) => colors.map(({ kind }) => kind).join()))
    expect(orders.size).toBe(6)
  })

  it('does not depend on what else is drawn', () => {
    for (let place = 0; place < 50; place++) {
      const all = draw(options, place)!
      expect(draw({ ...base, rotation: 30 }, place)!.rotation).toBe(all.rotation)
      expect(draw({ ...base, contrast: 0.3 }, place)!.colors).toEqual(
        all.colors.filter(({ kind }) => kind === 'contrast'),
      )
      expect(draw({ ...base, blur: 2 }, place)?.blur ?? 0).toBe(all.blur)
      expect(draw({ ...base, erasing: 0.25 }, place)?.erased ?? null).toEqual(all.erased)
      const { distortion: _, ...paper } = drawAugmentation(options, 5, 1, place)
      expect(drawAugmentation(base, 5, 1, place)).toEqual({ ...paper, distortion: null })
    }
  })
})
