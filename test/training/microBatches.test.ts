import { expect, test } from 'vitest'
import { weightedTargets } from '../../core/training/mixture.ts'
import type { LoadedBatch } from '../../core/pipeline/types.ts'
import {
  alignedStart,
  readablePart,
  microBatches,
  type MicroBatchPlan,
} from '../../core/training/microBatches.ts'

/** Item i has the label i and the single pixel i; those in `broken` cannot be read. */
async function* loaded(
  plan: MicroBatchPlan,
  broken: readonly number[] = [],
): AsyncGenerator<LoadedBatch, void> {
  for (let start = alignedStart(plan); start < plan.images; start += plan.microBatch) {
    const count = Math.min(plan.microBatch, plan.images - start)
    yield batch(
      Array.from({ length: count }, (_, index) => start + index),
      broken,
    )
  }
}

function batch(items: readonly number[], broken: readonly number[] = []): LoadedBatch {
  return {
    images: { shape: [items.length, 1, 1, 1], data: Float32Array.from(items) },
    labels: Int32Array.from(items),
    items: Uint32Array.from(items),
    failures: items
      .filter((item) => broken.includes(item))
      .map((position) => ({
        position,
        path: `${position}.png`,
        reason: { code: 'damaged', message: 'broken' },
      })),
    waited: 1,
  }
}

async function cut(plan: MicroBatchPlan, broken?: readonly number[]) {
  const result = []
  for await (const microBatch of microBatches(loaded(plan, broken), plan)) {
    result.push({
      labels: [...microBatch.labels],
      pixels: [...microBatch.images.data],
      ...microBatch.update,
      done: microBatch.imagesDone,
    })
  }
  return result
}

test('Micro-batches add up to updates, the epoch’s last update being what is left', async () => {
  const result = await cut({ images: 7, batchSize: 4, microBatch: 2, from: 0 })
  expect(result).toEqual([
    { labels: [0, 1], pixels: [0, 1], images: 4, index: 0, complete: false, done: 2 },
    { labels: [2, 3], pixels: [2, 3], images: 4, index: 1, complete: true, done: 4 },
    { labels: [4, 5], pixels: [4, 5], images: 3, index: 0, complete: false, done: 6 },
    { labels: [6], pixels: [6], images: 3, index: 1, complete: true, done: 7 },
  ])
})

test('A micro-batch that reaches into the next update is cut there', async () => {
  const result = await cut({ images: 10, batchSize: 5, microBatch: 3, from: 0 })
  expect(result.map(({ labels }) => labels)).toEqual([[0, 1, 2], [3, 4], [5], [6, 7, 8], [9]])
  expect(result.map(({ index }) => index)).toEqual([0, 1, 0, 1, 2])
  expect(result.map(({ complete }) => complete)).toEqual([false, true, false, false, true])
})

test('From any update on, the micro-batches are those of the whole epoch', async () => {
  for (const [images, batchSize, microBatch] of [
    [23, 5, 3],
    [32, 8, 4],
    [30, 7, 16],
    [9, 4, 1],
  ] as const) {
    const whole = await cut({ images, batchSize, microBatch, from: 0 })
    for (let from = 0; from < images; from += batchSize) {
      const rest = await cut({ images, batchSize, microBatch, from })
      expect(rest).toEqual(whole.filter(({ done }) => done > from))
    }
  }
})

test('Images that could not be read are left out of their micro-batch, and reported with it', async () => {
  const result = await cut({ images: 4, batchSize: 4, microBatch: 2, from: 0 }, [1, 2, 3])
  expect(result).toEqual([
    { labels: [0], pixels: [0], images: 4, index: 0, complete: false, done: 2 },
    { labels: [], pixels: [], images: 4, index: 1, complete: true, done: 4 },
  ])
  const loadedBatch = batch([5, 6, 7, 8], [5, 8])
  expect(readablePart(loadedBatch, 0, 2).failures.map(({ position }) => position)).toEqual([5])
  expect(readablePart(loadedBatch, 2, 4).failures.map(({ position }) => position)).toEqual([8])
})

test('What images are mixed with goes with them, also where some cannot be read', async () => {
  const plan = { images: 7, batchSize: 3, microBatch: 4, from: 0 }
  async function* mixed() {
    for await (const batch of loaded(plan, [5])) {
      const labels = batch.labels.map((label) => label + 100)
      yield { ...batch, mixed: { labels, shares: Float32Array.from(batch.labels, (label) => label / 8) } }
    }
  }
  const seen = []
  for await (const part of microBatches(mixed(), plan)) {
    expect([...part.mixed!.labels]).toEqual([...part.labels].map((label) => label + 100))
    expect([...part.mixed!.shares]).toEqual([...part.labels].map((label) => label / 8))
    seen.push([...part.labels])
  }
  expect(seen).toEqual([[0, 1, 2], [3], [4], [6]])
})

test('A mixed image’s loss is that of both labels, each with its class’s weight', () => {
  const mixed = { labels: Int32Array.of(1, 2), shares: Float32Array.of(0.75, 1) }
  const { weights, mixed: targets } = weightedTargets({ labels: Int32Array.of(0, 0), mixed }, [2, 4, 1], 2)
  expect([...weights]).toEqual([(0.75 * 2 + 0.25 * 4) / 2, 1])
  expect([...targets!.shares]).toEqual([Math.fround(1.5 / 2.5), 1])
})
