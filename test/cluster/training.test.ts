import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatasetImage } from '../../core/dataset/types.ts'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { entryOf } from '../../core/network/architectures/index.ts'
import { allConfigs, configs, type Config } from '../../core/network/architectures/names.ts'
import { loadCheckpoint, startCheckpoint, type Checkpoint } from '../../core/training/checkpoint.ts'
import { lastFile } from '../../core/training/checkpointFiles.ts'
import type { TrainingEvent } from '../../core/training/events.ts'
import { parseRecipe, type RecipeInput } from '../../core/training/recipe.ts'
import { mergeRecipes } from '../../core/training/settings.ts'
import { train } from '../../core/training/train.ts'
import { specWith } from '../network/build.ts'
import { eventsOf, lossesOf, statistics } from '../training/samples.ts'
import { unless } from '../unless.ts'
import { hasTorch, packageFolder, runPython, storageOf } from './python.ts'
import { classes, writePictures } from './samples.ts'

// A Python with torch, safetensors, numpy and pillow: VGG_STUDIO_PYTHON=/path/to/python
const noTorch = unless(hasTorch, 'VGG_STUDIO_PYTHON names none with torch')

let folder: string
let root: string
let images: DatasetImage[]
beforeAll(async () => {
  if (!hasTorch) return
  folder = await packageFolder()
  root = await mkdtemp(join(tmpdir(), 'vgg-studio-cluster-images-'))
  images = await writePictures(root, { train: 78, validation: 12 })
})
afterAll(async () => {
  if (!hasTorch) return
  await rm(folder, { recursive: true })
  await rm(root, { recursive: true })
})

/** Nothing is drawn but the order: pictures of the crop's size, as they are. */
const plain: RecipeInput = {
  network: { config: 'A', widthMultiplier: 1 / 16, fcWidth: 16, dropout: 0 },
  data: { crop: 32, scale: 32, crops: 'center', flip: false, colorShift: 0 },
  optimization: { epochs: 20, batchSize: 16, microBatch: 8, learningRate: 0.004 },
  initialization: { kind: 'he' },
  execution: { precision: 'fp32', threads: 1, decodeThreads: 1 },
  seed: 7,
}

const startOf = (changes: RecipeInput): Checkpoint => {
  const { network = plain.network } = changes
  const recipe = parseRecipe({ ...mergeRecipes(plain, { ...changes, network: {} }), network })
  return startCheckpoint({ recipe, classes, statistics })
}

interface Curve {
  readonly losses: readonly number[]
  readonly errors: readonly (number | undefined)[]
  readonly last: Checkpoint
}

async function trainedHere(start: Checkpoint): Promise<Curve> {
  const events: TrainingEvent[] = []
  const of = (split: string) =>
    images.filter((one) => one.split === split).map(({ path, label }) => ({ path: join(root, path), label }))
  const own = await mkdtemp(join(folder, 'here-'))
  await train({
    ...{ start, training: of('train'), validation: of('validation'), engine: onnxruntimeEngine, folder: own },
    emit: (event) => events.push(event),
  })
  return {
    losses: [...lossesOf(events).values()],
    errors: eventsOf(events, 'epoch').map(({ validation }) => validation?.loss),
    last: await loadCheckpoint(lastFile(own)),
  }
}

async function trainedByPython(start: Checkpoint): Promise<Curve> {
  const storage = await storageOf(await mkdtemp(join(folder, 'storage-')), start, { images })
  await runPython(folder, '-m', 'vgg_studio_training', storage, root)
  const lines = (await readFile(join(storage, 'metrics', 'attempt-00001.jsonl'), 'utf8')).trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as TrainingEvent & { name: string })
  const saved = events.findLast(({ event }) => event === 'checkpoint')!.name
  return {
    losses: eventsOf(events, 'step').map(({ loss }) => loss),
    errors: eventsOf(events, 'epoch').map(({ validation }) => validation?.loss),
    last: await loadCheckpoint(join(storage, 'checkpoints', saved, 'checkpoint.safetensors')),
  }
}

const largestDifference = (a: readonly unknown[], b: readonly unknown[]): number => {
  expect(a).toHaveLength(b.length)
  return Math.max(...a.map((value, index) => Math.abs(Number(value) - Number(b[index]))))
}

const weightDifference = ({ last: { state: a } }: Curve, { last: { state: b } }: Curve): number =>
  Math.max(
    ...[...a.weights].map(([name, { data }]) => largestDifference([...data], [...b.weights.get(name)!.data])),
  )

describe('a training in PyTorch', () => {
  test.skipIf(!hasTorch)(
    `has the loss curve of ours over 100 updates, to a thousandth${noTorch}`,
    async () => {
      const start = startOf({})
      const [here, there] = [await trainedHere(start), await trainedByPython(startOf({}))]
      expect(here.losses).toHaveLength(100)
      // It learns: the curve of a network that stands still would show no difference. At five times this rate both jump
      // about, and differences of the last digit grow.
      expect(here.losses.at(-1)!).toBeLessThan(here.losses[0]! / 2)
      expect(largestDifference(here.losses, there.losses)).toBeLessThan(1e-3)
      expect(largestDifference(here.errors, there.errors)).toBeLessThan(1e-3)
      expect(weightDifference(here, there)).toBeLessThan(1e-3)
    },
  )

  const others: [string, RecipeInput][] = [
    ['batch normalization, weights of classes, smoothing, cosine', { network: { ...(plain.network as object), batchNorm: true } as never, data: { classWeights: 'balanced' }, optimization: { epochs: 2, labelSmoothing: 0.1, schedule: { kind: 'cosine', warmup: 1 } } }], // prettier-ignore
    ['mixup and balanced sampling', { data: { mixup: 0.4, sampling: 'balanced' }, optimization: { epochs: 2 } }], // prettier-ignore
    ['frozen layers that are released, and rates of their own', { optimization: { epochs: 3, frozen: ['features'], unfreeze: 1, rateFactors: { classifier: 2 } } }], // prettier-ignore
  ]
  test.skipIf(!hasTorch).each(others)(`has it with %s${noTorch}`, async (_, changes) => {
    const [here, there] = [await trainedHere(startOf(changes)), await trainedByPython(startOf(changes))]
    expect(largestDifference(here.losses, there.losses)).toBeLessThan(1e-3)
    expect(weightDifference(here, there)).toBeLessThan(1e-3)
  })

  // The first network of each family, narrow where the family lets it be.
  const families = Object.values(configs).map(([first]) => first as Config)
  const startWith = (config: Config, epochs: number): Checkpoint => {
    const spec = specWith(config, { widthMultiplier: 1 / 16, fcWidth: 16, dropout: 0 })
    const side = entryOf(spec).crop.least
    const optimization = { epochs, batchSize: 26, microBatch: 13, learningRate: 0.02 }
    return startOf({ network: spec, data: { crop: side, scale: side }, optimization })
  }
  test.skipIf(!hasTorch).each(families.slice(1))(
    `has it for the network %s, as far as an epoch of three updates${noTorch}`,
    async (config) => {
      const [here, there] = [
        await trainedHere(startWith(config, 1)),
        await trainedByPython(startWith(config, 1)),
      ]
      expect(here.losses).toHaveLength(3)
      expect(largestDifference(here.losses, there.losses)).toBeLessThan(1e-3)
    },
  )

  // Fifty layers of normalized maps make much of differences in the last digit: another update, and the curves part.
  test.skipIf(!hasTorch)(`has its first loss where channels have gates${noTorch}`, async () => {
    const gated = allConfigs.find((config) => config.startsWith('se'))!
    const [here, there] = [await trainedHere(startWith(gated, 1)), await trainedByPython(startWith(gated, 1))]
    expect(largestDifference(here.losses.slice(0, 1), there.losses.slice(0, 1))).toBeLessThan(1e-3)
  })
})
