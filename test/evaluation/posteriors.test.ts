import { describe, expect, test } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import { elementCount, type Tensor } from '../../core/base/tensor.ts'
import type { Predictor } from '../../core/engine/types.ts'
import { classPosteriors, mirror, softmax } from '../../core/evaluation/posteriors.ts'
import { passes } from '../../core/evaluation/protocol.ts'
import type { Progress, Protocol } from '../../core/evaluation/types.ts'
import type { LoadedBatch, Loader, View } from '../../core/pipeline/types.ts'

const classes = 3
const center: Protocol = { views: 'center', scales: [8], flips: false, crop: 8, mode: 'crop' }

/** Pixel values that depend on the image, the place and the scale, and are not symmetric. */
function pixels(item: number, scale: number, height: number, width: number): Float32Array {
  return Float32Array.from({ length: 3 * height * width }, (_, index) =>
    Math.sin(0.37 * index * (item + 1) + scale),
  )
}

/** A loader over images that exist only as numbers; `broken` ones fail as files would. */
function loaderOf(
  count: number,
  options: { broken?: number; aspect?: number; blank?: boolean } = {},
): Pick<Loader, 'views'> {
  const { broken, aspect = 1.5, blank = false } = options
  return {
    async *views({ view, microBatch }: { view: View; microBatch: number }) {
      const height = view.kind === 'whole' ? view.scale : view.crop
      const width = view.kind === 'whole' ? Math.round(view.scale * aspect) : view.crop
      for (let first = 0; first < count; first += microBatch) {
        const items = Uint32Array.from({ length: Math.min(microBatch, count - first) }, (_, i) => first + i)
        const failing = items.includes(broken ?? -1)
        const shape = [items.length, 3, height, width]
        const data = new Float32Array(elementCount(shape))
        items.forEach((item, i) => {
          if (item !== broken && !blank)
            data.set(pixels(item, view.scale, height, width), i * 3 * height * width)
        })
        yield {
          images: { shape, data },
          labels: new Int32Array(items.length),
          items,
          failures: failing ? [{ position: broken!, path: `/${broken}.png`, reason: 'It is empty.' }] : [],
          waited: 0,
        } satisfies LoadedBatch
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
      for (let i = 0; i < size; i++) sum += data[image * size + i]! * Math.cos(0.11 * i * (label + 1))
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
function expected(item: number, protocol: Protocol, aspect = 1.5): number[] {
  const views = protocol.scales.flatMap((scale) => {
    const height = protocol.views === 'dense' ? scale : protocol.crop
    const width = protocol.views === 'dense' ? Math.round(scale * aspect) : protocol.crop
    const image = { shape: [1, 3, height, width], data: pixels(item, scale, height, width) }
    return protocol.flips ? [image, mirror(image)] : [image]
  })
  const posteriors = views.map((view) => {
    const exponentials = [...logitsOf(view).data].map(Math.exp)
    return exponentials.map((value) => value / exponentials.reduce((a, b) => a + b))
  })
  return [0, 1, 2].map((label) => posteriors.reduce((sum, row) => sum + row[label]!, 0) / views.length)
}

async function run(protocol: Protocol, count: number, options: Parameters<typeof loaderOf>[1] = {}) {
  const predictor = predictorOf(logitsOf)
  const forms: string[] = []
  const progress: Progress[] = []
  const posteriors = await classPosteriors({
    passes: passes(protocol),
    loader: loaderOf(count, options),
    paths: Array.from({ length: count }, (_, item) => `/${item}.png`),
    classes,
    open: (form) => {
      forms.push(form)
      return Promise.resolve(predictor)
    },
    onProgress: (p) => progress.push(p),
  })
  return { ...posteriors, predictor, forms, progress }
}

describe('class posteriors', () => {
  test.each<[string, Protocol]>([
    ['of one center view', center],
    ['with flips', { ...center, flips: true }],
    ['over several scales and flips', { ...center, scales: [8, 12, 16], flips: true }],
    ['of dense views at several scales', { ...center, views: 'dense', scales: [8, 16], flips: true }],
  ])('%s are the means of the softmax of each view', async (_, protocol) => {
    const { values, failures } = await run(protocol, 5)
    expect(failures).toEqual([])
    for (let item = 0; item < 5; item++) {
      const row = expected(item, protocol)
      row.forEach((value, label) => expect(values[item * classes + label]).toBeCloseTo(value, 6))
    }
  })

  test('are averaged after softmax, not before', async () => {
    const protocol: Protocol = { ...center, flips: true }
    const { values } = await run(protocol, 1)
    const image = { shape: [1, 3, 8, 8], data: pixels(0, 8, 8, 8) }
    const [a, b] = [logitsOf(image).data, logitsOf(mirror(image)).data]
    const mean = { shape: [1, classes], data: a.map((value, index) => (value + b[index]!) / 2) }
    const wrong = Math.max(...softmax(mean).data.map((value, label) => Math.abs(value - values[label]!)))
    expect(wrong).toBeGreaterThan(1e-3)
  })

  test('sum to one', async () => {
    const { values } = await run({ ...center, scales: [8, 9, 10], flips: true }, 4)
    for (let item = 0; item < 4; item++) {
      expect(values.subarray(item * 3, item * 3 + 3).reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    }
  })

  test('open the network once in the form that the views need, and close it', async () => {
    const dense = await run({ ...center, views: 'dense', scales: [8, 16] }, 2)
    expect(dense.forms).toEqual(['dense'])
    expect(dense.predictor.disposed).toBe(1)
    expect((await run({ ...center, scales: [8, 16] }, 2)).forms).toEqual(['plain'])
  })

  test('list an image that cannot be loaded once, and give the others theirs', async () => {
    const protocol: Protocol = { ...center, scales: [8, 12] }
    const { values, failures } = await run(protocol, 4, { broken: 2 })
    expect(failures).toEqual([{ item: 2, path: '/2.png', reason: 'It is empty.' }])
    expected(3, protocol).forEach((value, label) => expect(values[9 + label]).toBeCloseTo(value, 6))
  })

  test('list an image that is too large to evaluate densely', async () => {
    const { failures } = await run({ ...center, views: 'dense', scales: [16] }, 1, {
      aspect: 17_000,
      blank: true,
    })
    expect(failures).toHaveLength(1)
    expect(failures[0]?.reason).toBe('At scale 16 it is 272000×16 pixels, too large to evaluate densely.')
  })

  test('report progress over all scales up to the end', async () => {
    const { progress } = await run({ ...center, views: 'dense', scales: [8, 16] }, 3)
    expect(progress.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6])
    expect(progress.every(({ total }) => total === 6)).toBe(true)
    expect(progress.at(-1)?.secondsLeft).toBe(0)
  })

  test('end when canceled, and close the network', async () => {
    const abort = new AbortController()
    const predictor = predictorOf(logitsOf)
    const work = classPosteriors({
      passes: passes({ ...center, views: 'dense' }),
      loader: loaderOf(100),
      paths: Array.from({ length: 100 }, () => '/x.png'),
      classes,
      open: () => Promise.resolve(predictor),
      onProgress: ({ done }) => done === 2 && abort.abort(),
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
    const work = classPosteriors({
      passes: passes(center),
      loader: loaderOf(2),
      paths: ['/0.png', '/1.png'],
      classes,
      open: () => Promise.resolve(broken),
    })
    await expect(work).rejects.toThrow(StudioError)
    await expect(work).rejects.toMatchObject({ code: 'not-finite' })
    expect(broken.disposed).toBe(1)
  })
})

describe('mirroring', () => {
  test('reverses each row of each channel of each image', () => {
    const images = { shape: [1, 2, 2, 3], data: Float32Array.from({ length: 12 }, (_, index) => index) }
    expect([...mirror(images).data]).toEqual([2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9])
  })

  test('leaves the loader’s memory as it is', () => {
    const images = { shape: [1, 1, 1, 2], data: Float32Array.of(1, 2) }
    mirror(images)
    expect([...images.data]).toEqual([1, 2])
  })
})

describe('softmax', () => {
  test('is exact for large logits', () => {
    const { data } = softmax({ shape: [2, 2], data: Float32Array.of(1000, 1000, -1000, 0) })
    expect([...data]).toEqual([0.5, 0.5, 0, 1])
  })
})
