import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { temporaryPath } from '../../../core/base/temporary.ts'
import { onnxruntimeEngine } from '../../../core/engine/onnxruntime/engine.ts'
import type { Engine } from '../../../core/engine/types.ts'
import type { Item, LoadedBatch, Loader, LoaderOptions } from '../../../core/pipeline/types.ts'
import { loadCheckpoint, startCheckpoint } from '../../../core/training/checkpoint.ts'
import type { RecipeInput } from '../../../core/training/recipe.ts'
import { train, type TrainingInput } from '../../../core/training/train.ts'
import { eventsOf, lossesOf, smallRecipe, smallRun, statistics, temporaryFolder } from '../samples.ts'

const classes = 3
const sgd: RecipeInput = {
  network: { batchNorm: true },
  data: { crops: 'center', colorShift: 0, flip: false },
  optimization: { epochs: 3, frozen: ['all-but-head'] },
}
const fitted: RecipeInput = {
  network: { head: 'linear' },
  data: { crops: 'center', colorShift: 0 },
  optimization: { epochs: 6, frozen: ['all-but-head'], solver: 'lbfgs' },
}

let folder: string
let seen: { images: number; networks: number }
beforeEach(() => {
  folder = temporaryFolder()
  seen = { images: 0, networks: 0 }
})

/** Files whose pictures follow from their class and place, the same in training and in views. */
function files(count: number, prefix: string): Item[] {
  return Array.from({ length: count }, (_, index) => {
    const path = join(folder, `${prefix}-${index}`)
    // Existing files keep their times, which tell whether they have changed.
    if (!existsSync(path)) writeFileSync(path, '')
    return { path, label: index % classes }
  })
}

function pictures({ items }: LoaderOptions): Loader {
  const batch = (positions: readonly number[]): LoadedBatch => ({
    images: {
      shape: [positions.length, 3, 32, 32],
      data: Float32Array.from({ length: positions.length * 3072 }, (_, index) => {
        const position = positions[Math.floor(index / 3072)]!
        const { label, path } = items[position]!
        return (
          Math.sin((label + 1) * (index % 32) * 0.2) + 0.3 * Math.sin((index % 3072) * path.length + position)
        )
      }),
    },
    labels: Int32Array.from(positions, (position) => items[position]!.label),
    items: Uint32Array.from(positions),
    failures: positions
      .filter((position) => items[position]!.path.includes('broken'))
      .map((position) => ({
        position,
        path: items[position]!.path,
        reason: { code: 'not-an-image', message: 'it is not an image.' },
      })),
    waited: 0,
  })
  async function* cut(order: readonly number[], from: number, size: number) {
    for (let start = from; start < order.length; start += size) yield batch(order.slice(start, start + size))
  }
  return {
    training: ({ order, from, microBatch }) => cut([...order], from, microBatch),
    views: ({ microBatch }) => cut([...items.keys()], 0, microBatch),
    renditions: () => {
      throw new Error('Training looks at no renditions.')
    },
    dispose: async () => undefined,
  }
}

/** Counts the images that go through a network with convolutions. */
const counting: Engine = {
  ...onnxruntimeEngine,
  async predictor(network, ...rest) {
    const predictor = await onnxruntimeEngine.predictor(network, ...rest)
    if (!network.layers.some(({ kind }) => kind === 'convolution')) return predictor
    seen.networks++
    return {
      ...predictor,
      logits(images) {
        seen.images += images.shape[0]!
        return predictor.logits(images)
      },
    }
  },
}

function run(changes: RecipeInput, options: Partial<TrainingInput> & { readonly count?: number } = {}) {
  const { count = 24, ...given } = options
  const recipe = smallRecipe(changes)
  const { input, events } = smallRun({ recipe, classes, training: files(count, 'training'), validation: [] })
  return { events, input: { ...input, engine: counting, openLoader: pictures, ...given } }
}

test('Training a head on features is training it through the network', async () => {
  const validation = files(6, 'validation')
  const onFeatures = run(sgd, { validation })
  const result = await train(onFeatures.input)
  // Each image once, however many epochs there are.
  expect(seen.images).toBe(24 + 6)
  // Colors that shift make features different each time.
  const through = run({ ...sgd, data: { ...sgd.data, colorShift: 0.1 } }, { validation })
  const expected = await train(through.input)
  // So do distortions: the network sees validation images alone, each epoch anew.
  const distorted = run({ ...sgd, data: { ...sgd.data, erasing: 0.1 } }, { validation })
  const images = seen.images
  await train(distorted.input)
  expect(seen.images - images).toBe(3 * 6)
  expect([...lossesOf(onFeatures.events)].length).toBe(6)
  for (const [step, loss] of lossesOf(through.events)) {
    expect(lossesOf(onFeatures.events).get(step), `step ${step}`).toBeCloseTo(loss, 5)
  }
  result.epochs.forEach(({ validation: own }, index) =>
    expect(own!.loss).toBeCloseTo(expected.epochs[index]!.validation!.loss, 5),
  )
  const [a, b] = await Promise.all(
    [result, expected].map(({ checkpoints }) => loadCheckpoint(checkpoints.last)),
  )
  for (const [name, { data }] of a!.state.weights) {
    const other = b!.state.weights.get(name)!.data
    expect(Math.max(...data.map((one, index) => Math.abs(one - other[index]!))), name).toBeLessThan(1e-5)
  }
  // Batch normalization in frozen layers keeps its statistics.
  const before = run(sgd).input.start.state.weights.get('features.1.running_mean')!
  expect(a!.state.weights.get('features.1.running_mean')!.data).toEqual(before.data)
})

test('A linear head is fitted along a path of weight decay, and the best epoch is the one that validates best', async () => {
  const { input, events } = run(fitted, { validation: files(9, 'validation') })
  const { epochs, best } = await train(input)
  expect(epochs.map(({ weightDecay }) => weightDecay)).toEqual(
    [0, 1, 2, 3, 4, 5].map((e) => 10 ** (1 - e / 2)),
  )
  const losses = epochs.map(({ trainingLoss }) => trainingLoss)
  expect(losses).toEqual([...losses].sort((a, b) => b - a))
  const errors = epochs.map(({ validation }) => validation!.top1Error)
  expect(best!.top1Error).toBe(Math.min(...errors))
  expect(best!.top1Error).toBeLessThan(0.2)
  expect(eventsOf(events, 'progress').some(({ phase }) => phase === 'features')).toBe(true)
})

test('Without images for validation, cross-validation says where the path ends', async () => {
  const { input } = run(fitted)
  const { epochs, checkpoints, best } = await train(input)
  expect(best).toBeNull()
  const losses = epochs.map(({ trainingLoss }) => trainingLoss)
  expect(epochs).toHaveLength(6)
  const { state } = await loadCheckpoint(checkpoints.last)
  expect(state.weights.get('classifier.0.weight')!.shape).toEqual([3, 32])
  expect(losses.at(-1)).toBeLessThanOrEqual(losses[0]!)
})

test('Without images for validation, epochs say the weight decay that they were fitted with', async () => {
  // What tells no classes apart is fitted best by next to nothing.
  const { input } = run(fitted)
  const training = input.training.map((item, index) => ({ ...item, label: Math.floor(index / 8) }))
  const { epochs } = await train({
    ...input,
    training,
    openLoader: (options) =>
      pictures({ ...options, items: options.items.map((item) => ({ ...item, label: 0 })) }),
  })
  const decays = epochs.map(({ weightDecay }) => weightDecay!)
  const least = Math.min(...decays)
  expect(least).toBeGreaterThan(10 ** -1.5)
  expect(decays).toEqual([0, 1, 2, 3, 4, 5].map((epoch) => Math.max(10 ** (1 - epoch / 2), least)))
})

test('A run that stops resumes with the same numbers', async () => {
  const validation = files(6, 'validation')
  const whole = run(fitted, { validation })
  const expected = await train(whole.input)
  const controller = new AbortController()
  const first = run(fitted, { validation, signals: { stop: controller.signal } })
  const emit: TrainingInput['emit'] = (event) => {
    if (event.event === 'epoch' && event.epoch === 3) controller.abort()
  }
  const stopped = await train({ ...first.input, emit })
  expect(stopped).toMatchObject({ status: 'stopped', epochs: { length: 3 } })
  const second = run(fitted, { validation })
  const start = await loadCheckpoint(stopped.checkpoints.last)
  const { epochs } = await train({ ...second.input, start, folder: first.input.folder })
  epochs.forEach((epoch, index) =>
    expect(epoch.trainingLoss).toBeCloseTo(expected.epochs[index]!.trainingLoss, 4),
  )
})

test('A run that stops with its epoch fitted and not yet validated does not fit it again', async () => {
  const validation = files(6, 'validation')
  const controller = new AbortController()
  const first = run(fitted, { validation, signals: { stop: controller.signal } })
  const emit: TrainingInput['emit'] = (event) => {
    if (event.event === 'step' && event.step === 2) controller.abort()
  }
  const stopped = await train({ ...first.input, emit })
  expect(stopped).toMatchObject({ status: 'stopped', epochs: { length: 1 } })
  const second = run(fitted, { validation })
  const start = await loadCheckpoint(stopped.checkpoints.last)
  const { epochs } = await train({ ...second.input, start, folder: first.input.folder })
  expect(epochs).toHaveLength(6)
  expect([...lossesOf(second.events).keys()]).toEqual([3, 4, 5, 6])
})

const store = () => ({ folder: join(folder, 'features'), bytes: 1e6 })

test('Features are kept for the next run, another head and another split', async () => {
  const options = { features: store(), validation: files(6, 'validation') }
  await train(run(fitted, options).input)
  // Each image as it is and mirrored; those for validation as they are.
  expect(seen.images).toBe(2 * 24 + 6)
  await train(run({ ...fitted, optimization: { ...fitted.optimization, epochs: 2 } }, options).input)
  const narrow = {
    network: { head: 'narrow' },
    data: fitted.data!,
    optimization: { frozen: ['all-but-head'], epochs: 1 },
  } as const
  await train(run(narrow, options).input)
  expect(seen).toEqual({ images: 54, networks: 2 })
})

const differences: readonly [string, number, RecipeInput, number?, (() => void)?][] = [
  ['an image that has changed', 2, {}, 24, () => utimesSync(join(folder, 'training-3'), 1, 1)],
  ['a new image', 2, {}, 25],
  ['other weights', 48, { seed: 8 }],
  ['another size', 48, { data: { ...fitted.data, scale: 40 } }],
  ['images that are padded', 48, { data: { ...fitted.data, mode: 'pad' } }],
  ['another normalization', 48, { data: { ...fitted.data, normalization: 'mean' } }],
  ['a file that is damaged', 48, {}, 24, () => damage()],
]

test.each(differences)(
  'Features are computed again for %s',
  async (_, images, settings, count = 24, change) => {
    await train(run(fitted, { features: store() }).input)
    seen.images = 0
    change?.()
    await train(run({ ...fitted, ...settings }, { features: store(), count }).input)
    expect(seen.images).toBe(images)
  },
)

/** The first table's file: one of two choices. */
function damage(): void {
  const [table] = readdirSync(store().folder)
  const [name] = readdirSync(join(store().folder, table!))
  writeFileSync(join(store().folder, table!, name!), 'VGGF nothing of use')
}

test('What is kept stays within its bound, and the folder may go at any time', async () => {
  const bytes = 24 * 32 * 4 + 2000
  const size = (): number =>
    readdirSync(store().folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length
  await train(run(fitted, { features: { ...store(), bytes } }).input)
  // One of the two choices fits.
  expect(size()).toBe(1)
  rmSync(store().folder, { recursive: true })
  mkdirSync(store().folder)
  await expect(train(run(fitted, { features: store() }).input)).resolves.toMatchObject({
    status: 'completed',
  })
})

test('Features that a killed process was writing go when others are kept', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  const table = join(store().folder, 'table')
  mkdirSync(table, { recursive: true })
  const left = temporaryPath(join(table, 'a.features')).replace(`.${process.pid}-`, `.${dead}-`)
  writeFileSync(left, '')
  await train(run(fitted, { features: store() }).input)
  expect(existsSync(left)).toBe(false)
})

test('Images that cannot be read are named and left out', async () => {
  const { input, events } = run(fitted)
  const training = [...input.training, { path: join(folder, 'broken'), label: 0 }]
  const { epochs } = await train({
    ...input,
    training,
    start: startCheckpoint({ recipe: input.start.recipe, classes: ['a', 'b', 'c'], statistics }),
  })
  expect(epochs).toHaveLength(6)
  expect(eventsOf(events, 'warning').map(({ code }) => code)).toContain('unreadable-image')
})

test('With gradual unfreezing the head learns on features first, then groups through the network', async () => {
  const optimization = { epochs: 3, frozen: ['all-but-head'], unfreeze: 1 }
  const { input } = run({ ...sgd, optimization })
  const before = new Map([...input.start.state.weights].map(([name, { data }]) => [name, data.slice()]))
  const { checkpoints } = await train(input)
  expect(seen.images).toBe(24)
  const { state } = await loadCheckpoint(checkpoints.last)
  const isSame = (name: string): boolean =>
    state.weights.get(name)!.data.every((one, index) => one === before.get(name)![index])
  const changed = [...before.keys()].filter((name) => name.endsWith('.weight') && !isSame(name))
  // Groups 5 and 4 of A, with their batch normalizations, and the head.
  expect(changed.filter((name) => name.startsWith('features.'))).toEqual(
    [15, 16, 18, 19, 22, 23, 25, 26].map((layer) => `features.${layer}.weight`),
  )
  expect(changed.filter((name) => name.startsWith('classifier.'))).toHaveLength(3)
})

test('The time left of a head on features is unknown until an epoch has shown it', async () => {
  const { input, events } = run(fitted, { validation: files(9, 'validation'), speeds: [], eventInterval: 0 })
  await train(input)
  expect(eventsOf(events, 'started')[0]!.secondsLeft).toBeNull()
  const unknown = eventsOf(events, 'step').filter(({ secondsLeft }) => secondsLeft === null)
  expect(unknown).toEqual([])
})
