import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import wabt from 'wabt'
import { random } from '../../core/base/random.ts'
import { visiblePart } from '../../core/image/crop.ts'
import { cropImage } from '../image/cropImage.ts'
import { randomPlacement } from '../../core/image/geometry.ts'
import { resize } from '../../core/image/resize.ts'
import { resizeModes, type RgbImage } from '../../core/image/types.ts'
import { openCropKernel } from '../../core/pipeline/cropKernel.ts'

const source = random(71)
const fill = [10.4, 99.6, 200] as const
const plain = { factor: [1, 1, 1], offset: [0, 0, 0] } as const

function noise(width: number, height: number): RgbImage {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => source.integer(256)) }
}

/** Interleaved levels as planes. */
function planar(levels: Uint8Array): Float32Array {
  const count = levels.length / 3
  return Float32Array.from(
    { length: levels.length },
    (_, i) => levels[(i % count) * 3 + Math.floor(i / count)]!,
  )
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0)
}

describe('the crop kernel', () => {
  it('is what its source says', async () => {
    const text = await readFile(new URL('../../core/pipeline/cropKernel.wat', import.meta.url), 'utf8')
    const module = (await wabt()).parseWat('cropKernel.wat', text, { simd: true })
    module.validate()
    const binary = Buffer.from(module.toBinary({}).buffer).toString('base64')
    await expect(
      `// Made from cropKernel.wat.\nexport const cropKernelBinary =\n  '${binary}'\n`,
    ).toMatchFileSnapshot('../../core/pipeline/cropKernelBinary.ts')
  })

  it('computes what image/resample.ts computes, to the half level that the latter rounds', () => {
    const kernel = openCropKernel()
    for (let round = 0; round < 150; round++) {
      const image = noise(1 + source.integer(120), 1 + source.integer(90))
      const crop = 1 + source.integer(70)
      const framing = { mode: resizeModes[round % 3]!, scale: crop + source.integer(90), crop }
      const draw = { u: source.uniform(), v: source.uniform(), mirror: round % 2 === 0 }
      const placement = randomPlacement(image, framing, draw)
      if (visiblePart(placement).width <= 0 || visiblePart(placement).height <= 0) continue
      const planes = new Float32Array(3 * crop * crop)
      kernel.crop(image, placement, plain, fill, planes)
      expect(largestDifference(planes, planar(cropImage(image, placement, fill)))).toBeLessThan(0.501)
    }
  })

  it('resizes whole images as image/resize.ts does, but for levels halfway between two', () => {
    const kernel = openCropKernel()
    let differing = 0
    let levels = 0
    for (let round = 0; round < 60; round++) {
      const image = noise(1 + source.integer(120), 1 + source.integer(90))
      const size = { width: 1 + source.integer(100), height: 1 + source.integer(100) }
      const { data, ...seen } = kernel.resize(image, size)
      expect(seen).toEqual(size)
      const expected = resize(image, size.width, size.height).data
      expect(data.length).toBe(expected.length)
      levels += data.length
      data.forEach((level, index) => {
        if (level === expected[index]) return
        differing++
        expect(Math.abs(level - expected[index]!)).toBe(1)
      })
    }
    expect(differing / levels).toBeLessThan(0.002)
  })

  it('leaves levels as they are where nothing is resized, and mirrors them', () => {
    const kernel = openCropKernel()
    const image = noise(9, 7)
    const placement = { resized: { width: 9, height: 7 }, left: 3, top: 2, crop: 4 }
    const planes = new Float32Array(48)
    for (const mirror of [false, true]) {
      kernel.crop(image, { ...placement, mirror }, plain, fill, planes)
      for (let y = 0; y < 4; y++)
        for (let x = 0; x < 4; x++) {
          const from = ((y + 2) * 9 + (mirror ? 3 - x : x) + 3) * 3
          expect([0, 16, 32].map((plane) => planes[plane + y * 4 + x])).toEqual([
            ...image.data.slice(from, from + 3),
          ])
        }
    }
  })

  it('scales and shifts each channel by itself, the fill too', () => {
    const kernel = openCropKernel()
    const image = { width: 1, height: 1, data: Uint8Array.from([100, 120, 140]) }
    const placement = { resized: { width: 1, height: 1 }, left: -1, top: 0, crop: 2, mirror: false }
    const planes = new Float32Array(12)
    kernel.crop(image, placement, { factor: [2, 0.5, 1], offset: [-1, 3, 0.25] }, fill, planes)
    const outside = [10 * 2 - 1, 100 * 0.5 + 3, 200.25]
    const inside = [199, 63, 140.25]
    expect([...planes]).toEqual([0, 1, 2].flatMap((c) => [outside[c], inside[c], outside[c], outside[c]]))
  })

  it('fills a crop that lies beside the image', () => {
    const planes = new Float32Array(12).fill(7)
    const placement = { resized: { width: 2, height: 9 }, left: -3, top: 0, crop: 2, mirror: false }
    openCropKernel().crop(noise(2, 9), placement, plain, fill, planes)
    expect([...planes]).toEqual([10, 10, 10, 10, 100, 100, 100, 100, 200, 200, 200, 200])
  })

  it('crops pixels that were read into its own memory, also when that must grow', () => {
    const kernel = openCropKernel()
    const image = noise(300, 200)
    const own = kernel.memory(image.data.length + 16)
    own.set(image.data, 16)
    const placement = { resized: { width: 480, height: 320 }, left: 5, top: 60, crop: 250, mirror: true }
    const [first, second] = [new Float32Array(187_500), new Float32Array(187_500)]
    kernel.crop({ ...image, data: own.subarray(16) }, placement, plain, fill, first)
    openCropKernel().crop(image, placement, plain, fill, second)
    expect(first).toEqual(second)
  })
})
