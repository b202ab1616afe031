import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadCheckpoint, readDynamics } from '../../core/training/checkpoint.ts'
import { addSeen, emptyDynamics } from '../../core/training/imageDynamics.ts'
import { train } from '../../core/training/train.ts'
import { smallRecipe, smallRun, syntheticItems, temporaryFolder, withMemoryFor } from './samples.ts'

const lastOf = (folder: string): string => join(folder, 'last.safetensors')

test('Each training image’s losses and margins are summed, and who was ahead most of the times', () => {
  const dynamics = emptyDynamics(3)
  const seen = (losses: number[], margins: number[], others: number[]) => ({
    losses: Float32Array.from(losses),
    margins: Float32Array.from(margins),
    others: Int32Array.from(others),
  })
  addSeen(dynamics, [{ items: [2, 0], results: seen([1, 2], [-0.5, 3], [4, 1]) }])
  for (const other of [5, 4, 4]) addSeen(dynamics, [{ items: [2], results: seen([0.5], [-1], [other]) }])
  expect([...dynamics.times]).toEqual([1, 0, 4])
  expect([...dynamics.losses]).toEqual([2, 0, 2.5])
  expect([...dynamics.margins]).toEqual([3, 0, -3.5])
  expect(dynamics.others[2]).toBe(4)
})

test('Labels that are wrong have the lowest margins, and the class that is right is suggested', async () => {
  const items = syntheticItems(120, 3)
  const wrong = [4, 17, 33, 50]
  const training = items.map((item, index) =>
    wrong.includes(index) ? { ...item, label: (item.label + 1) % 3 } : item,
  )
  const optimization = { epochs: 12, learningRate: 0.005 }
  const recipe = smallRecipe({ network: { batchNorm: true }, optimization })
  // What is seen is by the true class, whatever the label says.
  const { input } = smallRun({ recipe: recipe, training })
  const openLoader: typeof input.openLoader = (options) => {
    const pictures = input.openLoader!({
      ...options,
      items: options.items.length === 120 ? items : options.items,
    })
    return {
      ...pictures,
      async *training(plan) {
        for await (const batch of pictures.training(plan))
          yield { ...batch, labels: Int32Array.from(batch.items, (item) => training[item]!.label) }
      },
    }
  }
  await train({ ...input, openLoader })
  const { dynamics, header } = await readDynamics(lastOf(input.folder))
  expect(header.position.epoch).toBe(12)
  expect(new Set(dynamics!.times)).toEqual(new Set([12]))
  const order = [...dynamics!.margins.keys()].sort((a, b) => dynamics!.margins[a]! - dynamics!.margins[b]!)
  expect(new Set(order.slice(0, wrong.length))).toEqual(new Set(wrong))
  for (const index of wrong) expect(dynamics!.others[index]).toBe(items[index]!.label)
})

test('A run that was stopped and resumed knows of its images what an uninterrupted one does, exactly', async () => {
  const recipe = smallRecipe({ optimization: { epochs: 3, batchSize: 10, microBatch: 4 } })
  const images = { training: syntheticItems(46, 3), validation: syntheticItems(9, 3, 'validation') }
  const whole = smallRun({ recipe, ...images })
  await train(whole.input)
  const { input } = smallRun({ recipe, ...images })
  let { start } = input
  for (;;) {
    const stop = new AbortController()
    let steps = 0
    const emit: typeof input.emit = ({ event }) => {
      if (event === 'step' && ++steps === 4) stop.abort()
    }
    const { status } = await train({ ...input, start, emit, signals: { stop: stop.signal } })
    if (status === 'completed') break
    start = await loadCheckpoint(lastOf(input.folder))
  }
  const [resumed, expected] = await Promise.all(
    [input, whole.input].map(({ folder }) => readDynamics(lastOf(folder))),
  )
  expect(resumed!.dynamics).toEqual(expected!.dynamics)
  expect(expected!.dynamics!.times.reduce((sum, times) => sum + times, 0)).toBe(3 * 46)
})

test('An update that is done again, since memory ran out within it, counts once', async () => {
  const recipe = smallRecipe({ optimization: { epochs: 1, batchSize: 16, microBatch: 8 } })
  const { input } = smallRun({ recipe })
  // The second micro-batch of the second update is the first that is too large.
  await train({ ...input, engine: withMemoryFor(4, 3) })
  const { dynamics } = await readDynamics(lastOf(input.folder))
  expect(new Set(dynamics!.times)).toEqual(new Set([1]))
})

test('Nothing is kept of images that others were mixed into, and files that cannot be read were not seen', async () => {
  const training = [...syntheticItems(15, 3), { path: 'broken', label: 0 }]
  const { input } = smallRun({ recipe: smallRecipe({ optimization: { epochs: 1 } }), training })
  await train(input)
  const { dynamics } = await readDynamics(lastOf(input.folder))
  expect([...dynamics!.times]).toEqual([...new Array<number>(15).fill(1), 0])
  const mixed = smallRun({ recipe: smallRecipe({ optimization: { epochs: 1 } }) }).input
  const openLoader: typeof mixed.openLoader = (options) => {
    const pictures = mixed.openLoader!(options)
    return {
      ...pictures,
      async *training(plan) {
        for await (const batch of pictures.training(plan))
          yield {
            ...batch,
            mixed: { labels: batch.labels, shares: new Float32Array(batch.labels.length).fill(0.7) },
          }
      },
    }
  }
  await train({ ...mixed, folder: temporaryFolder(), openLoader }).then(({ checkpoints }) =>
    readDynamics(checkpoints.last).then(({ dynamics: kept }) =>
      expect(new Set(kept!.times)).toEqual(new Set([0])),
    ),
  )
})
