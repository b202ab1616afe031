import { describe, expect, test } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import { elementCount, type Tensor } from '../../core/base/tensor.ts'
import type { Predictor } from '../../core/engine/types.ts'
import { classProbabilities, softmax } from '../../core/evaluation/probabilities.ts'
import type { Progress, Protocol } from '../../core/evaluation/types.ts'
import { cropPlan } from '../../core/evaluation/views.ts'
import type { RgbImage } from '../../core/image/types.ts'
import type { Loader, RenderedImage } from '../../core/pipeline/types.ts'
import { say } from '../say.ts'

const classes = 3
const center: Protocol = { views: 'center', scales: [8], flips: false, crop: 8, mode: 'crop' }

/** Levels that depend on the image, the place and the size, and are not symmetric. */
function picture(item: number, width: number, height: number): RgbImage {
  if (width > 100_000) return { width, height, data: new Uint8Array(3 * height * width) }
  const data = Uint8Array.from({ length: 3 * height * width }, (_, index) =>
    Math.round(127 + 120 * Math.sin(0.37 * index * (item + 1) + width)),
  )
  return { width, height, data }
}

const normalization = { mean: [127, 120, 110], std: [120, 100, 90] } as const

/** 1×3×H×W of a rectangle of a picture, straight from the definition. */
function tensorOf(
  { width, data }: RgbImage,
  left: number,
  top: number,
  columns: number,
  rows: number,
): Tensor {
  const values = [0, 1, 2].flatMap((channel) =>
    Array.from({ length: rows * columns }, (_, index) => {
      const [x, y] = [left + (index % columns), top + Math.floor(index / columns)]
      return (
        (data[(y * width + x) * 3 + channel]! - normalization.mean[channel]!) / normalization.std[channel]!
      )
    }),
  )
  return { shape: [1, 3, rows, columns], data: Float32Array.from(values) }
}

function mirror({ shape, data }: Tensor): Tensor {
  const width = shape.at(-1)!
  return { shape, data: data.map((_, index) => data[index + width - 1 - 2 * (index % width)]!) }
}

interface Images {
  readonly broken?: number
  /** Width over height of an image. */
  readonly aspect?: (item: number) => number
}

const sizeOf = (scale: number, item: number, { aspect = () => 1.5 }: Images): [number, number] => [
  Math.round(scale * aspect(item)),
  scale,
]

/** A loader over images that exist only as numbers; `broken` ones fail as files would. */
function loaderOf(images: Images = {}): Pick<Loader, 'renditions'> {
  return {
    async *renditions({ renditions, order }) {
      for (const position of order) {
        const isBroken = position === images.broken
        yield {
          position,
          failure: isBroken ? { code: 'empty', values: {} } : null,
          images: isBroken
            ? []
            : renditions.map(({ scale }) => picture(position, ...sizeOf(scale, position, images))),
        } satisfies RenderedImage
      }
    },
  }
}

/** Logits that depend on where in the image the values are: a fixed linear map of each image. */
function logitsOf({ shape, data }: Tensor): Tensor {
  const [count = 0, ...rest] = shape
  const size = elementCount(rest)
  const logits = new Float32Array(count * classes)
  for (let image = 0; image < count; image++) {
    for (let label = 0; label < classes; label++) {
      let sum = 0
      for (let i = 0; i < size; i++) sum += data[image * size + i]! * Math.cos(0.11 * (i % 997) * (label + 1))
      logits[image * classes + label] = sum / 4
    }
  }
  return { shape: [count, classes], data: logits }
}

function predictorOf(logits: (images: Tensor) => Tensor): Predictor & { disposed: number } {
  return {
    disposed: 0,
    logits: (images) => Promise.resolve(logits(images)),
    dispose() {
      this.disposed++
      return Promise.resolve()
    },
  }
}

/** What classPosteriors should give, straight from the paper's words: softmax, mean over flips, mean over scales. */
function expected(item: number, protocol: Protocol, images: Images = {}): number[] {
  const views = protocol.scales.flatMap((scale) => {
    const [width, height] = sizeOf(scale, item, images)
    const side = protocol.crop
    const whole = picture(item, width, height)
    const image =
      protocol.views === 'dense'
        ? tensorOf(whole, 0, 0, width, height)
        : tensorOf(whole, Math.floor((width - side) / 2), Math.floor((height - side) / 2), side, side)
    return protocol.flips ? [image, mirror(image)] : [image]
  })
  const probabilities = views.map((view) => {
    const exponentials = [...logitsOf(view).data].map(Math.exp)
    return exponentials.map((value) => value / exponentials.reduce((a, b) => a + b))
  })
  return [0, 1, 2].map((label) => probabilities.reduce((sum, row) => sum + row[label]!, 0) / views.length)
}

async function run(protocol: Protocol, count: number, images: Images = {}) {
  const predictor = predictorOf(logitsOf)
  const forms: string[] = []
  const batches: (readonly number[])[] = []
  const progress: Progress[] = []
  const rows = new Map<number, number[]>()
  const failures = await classProbabilities({
    plan: cropPlan(protocol),
    loader: loaderOf(images),
    normalization,
    paths: Array.from({ length: count }, (_, item) => `/${item}.png`),
    classes,
    open: (form) => {
      forms.push(form)
      return Promise.resolve({
        ...predictor,
        logits: (tensor: Tensor) => {
          batches.push(tensor.shape)
          return predictor.logits(tensor)
        },
        dispose: () => predictor.dispose(),
      })
    },
    onRow: (item, row) => rows.set(item, [...row]),
    stepsPerImage: protocol.scales.length,
    onProgress: (p) => progress.push(p),
  })
  return { rows, failures, predictor, forms, batches, progress }
}

describe('class probabilities', () => {
  test.each<[string, Protocol]>([
    ['of one center view', center],
    ['with flips', { ...center, flips: true }],
    ['over several scales and flips', { ...center, scales: [8, 12, 16], flips: true }],
    ['of dense views at several scales', { ...center, views: 'dense', scales: [8, 16], flips: true }],
  ])('%s are the means of the softmax of each view', async (_, protocol) => {
    const { rows, failures } = await run(protocol, 5)
    expect(failures).toEqual([])
    expect([...rows.keys()]).toEqual([0, 1, 2, 3, 4])
    for (const [item, row] of rows) {
      expected(item, protocol).forEach((value, label) => expect(row[label]).toBeCloseTo(value, 6))
    }
  })

  test('are averaged after softmax, not before', async () => {
    const protocol: Protocol = { ...center, flips: true }
    const row = (await run(protocol, 2)).rows.get(1)!
    const image = tensorOf(picture(1, 12, 8), 2, 0, 8, 8)
    const [a, b] = [logitsOf(image).data, logitsOf(mirror(image)).data]
    const mean = { shape: [1, classes], data: a.map((value, index) => (value + b[index]!) / 2) }
    const wrong = Math.max(...softmax(mean).data.map((value, label) => Math.abs(value - row[label]!)))
    expect(wrong).toBeGreaterThan(1e-3)
  })

  test('sum to one', async () => {
    const { rows } = await run({ ...center, scales: [8, 9, 10], flips: true }, 4)
    expect(rows.size).toBe(4)
    for (const row of rows.values()) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
  })

  test('open the network once in the form that the views need, and close it', async () => {
    const dense = await run({ ...center, views: 'dense', scales: [8, 16] }, 2)
    expect(dense.forms).toEqual(['dense'])
    expect(dense.predictor.disposed).toBe(1)
    expect((await run({ ...center, scales: [8, 16] }, 2)).forms).toEqual(['plain'])
    const both = await run({ ...center, views: 'both', scales: [8, 16] }, 2)
    expect(both.forms).toEqual(['dense', 'plain'])
    expect(both.predictor.disposed).toBe(2)
  })

  test('list an image that cannot be loaded once, and give the others theirs', async () => {
    const protocol: Protocol = { ...center, scales: [8, 12] }
    const { rows, failures } = await run(protocol, 4, { broken: 2 })
    expect(failures).toEqual([{ item: 2, path: '/2.png', reason: { code: 'empty', values: {} } }])
    expect([...rows.keys()]).toEqual([0, 1, 3])
    expected(3, protocol).forEach((value, label) => expect(rows.get(3)![label]).toBeCloseTo(value, 6))
  })

  test('list an image that is too large to evaluate densely', async () => {
    const long = { aspect: () => 17_000 }
    const { failures } = await run({ ...center, views: 'dense', scales: [16] }, 1, long)
    expect(failures).toHaveLength(1)
    expect(say(failures[0]!.reason)).toBe(
      'At scale 16 it is 272000×16 pixels, too large to evaluate densely.',
    )
  })

  test('report progress over all scales up to the end', async () => {
    const { progress } = await run({ ...center, views: 'dense', scales: [8, 16] }, 3)
    expect(progress.map(({ done }) => done)).toEqual([2, 4, 6])
    expect(progress.every(({ total }) => total === 6)).toBe(true)
    expect(progress.at(-1)?.secondsLeft).toBe(0)
  })

  test('end when canceled, and close the network', async () => {
    const abort = new AbortController()
    const predictor = predictorOf(logitsOf)
    const work = classProbabilities({
      plan: cropPlan({ ...center, views: 'dense' }),
      loader: loaderOf({ aspect: (item) => 1 + item / 4 }),
      normalization,
      paths: Array.from({ length: 100 }, () => '/x.png'),
      classes,
      open: () => Promise.resolve(predictor),
      onRow: (item) => item === 1 && abort.abort(),
      signal: abort.signal,
    })
    await expect(work).rejects.toMatchObject({ code: 'canceled' })
    expect(predictor.disposed).toBe(1)
  })

  test('of a network that gives no numbers are refused with advice', async () => {
    const broken = predictorOf(({ shape: [count = 0] }) => ({
      shape: [count, classes],
      data: new Float32Array(count * classes).fill(NaN),
    }))
    const work = classProbabilities({
      plan: cropPlan(center),
      loader: loaderOf(),
      normalization,
      paths: ['/0.png', '/1.png'],
      classes,
      open: () => Promise.resolve(broken),
      onRow: () => undefined,
    })
    await expect(work).rejects.toThrow(StudioError)
    await expect(work).rejects.toMatchObject({ code: 'not-finite' })
    expect(broken.disposed).toBe(1)
  })
})

describe('batches', () => {
  test('fill across images, flips and scales, whatever their order', async () => {
    const { batches } = await run({ ...center, views: 'grid', flips: true, scales: [8, 12] }, 6)
    expect(batches.map(([images]) => images)).toEqual([256, 256, 88])
  })

  test('of dense views hold images of one size, with their mirror images', async () => {
    const dense: Protocol = { ...center, views: 'dense', flips: true, scales: [128] }
    const { batches, rows } = await run(dense, 20, { aspect: (item) => 1 + (item % 2) / 2 })
    expect([...rows.keys()]).toEqual([...rows.keys()].sort((a, b) => a - b))
    expect(rows.size).toBe(20)
    const shapes = [...new Set(batches.map(([, , height, width]) => `${height}×${width}`))]
    expect(shapes.sort()).toEqual(['128×128', '128×192'])
    for (const [images, , height, width] of batches) expect(images! * height! * width!).toBeLessThan(810_000)
    expect(batches.length).toBeLessThan(5)
  })

  test('are run before they are full where others would wait for a rare size too long', async () => {
    const dense: Protocol = { ...center, views: 'dense', scales: [8] }
    const started: number[] = []
    let loaded = 0
    await classProbabilities({
      plan: cropPlan(dense),
      loader: {
        async *renditions(plan) {
          for await (const rendered of loaderOf({ aspect: (item) => (item === 0 ? 3 : 1) }).renditions(
            plan,
          )) {
            loaded++
            yield rendered
          }
        },
      },
      normalization,
      paths: Array.from({ length: 2000 }, (_, item) => `/${item}.png`),
      classes,
      open: () => Promise.resolve(predictorOf(logitsOf)),
      onRow: (item) => item === 0 && started.push(loaded),
    })
    expect(started[0]).toBeLessThan(300)
  })
})

describe('softmax', () => {
  test('is exact for large logits', () => {
    const { data } = softmax({ shape: [2, 2], data: Float32Array.of(1000, 1000, -1000, 0) })
    expect([...data]).toEqual([0.5, 0.5, 0, 1])
  })
})
