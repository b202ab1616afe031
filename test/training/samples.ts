import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StudioError } from '../../core/base/errors.ts'
import { random } from '../../core/base/random.ts'
import type { Statistics } from '../../core/dataset/types.ts'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import type { Engine } from '../../core/engine/types.ts'
import type { Item, LoadedBatch, Loader, LoaderOptions } from '../../core/pipeline/types.ts'
import { startCheckpoint } from '../../core/training/checkpoint.ts'
import type { TrainingEvent } from '../../core/training/events.ts'
import { mergeRecipes } from '../../core/training/settings.ts'
import { parseRecipe, type Recipe, type RecipeInput } from '../../core/training/recipe.ts'
import type { TrainingInput } from '../../core/training/train.ts'

export const statistics: Statistics = {
  mean: [120, 110, 100],
  std: [60, 55, 50],
  pca: {
    values: [5000, 300, 50],
    vectors: [
      [0.6, 0.6, 0.53],
      [-0.7, 0.1, 0.7],
      [0.4, -0.79, 0.46],
    ],
  },
}

/** A narrow A on 32×32: an update takes milliseconds. */
export function smallRecipe(changes: RecipeInput = {}): Recipe {
  const small: RecipeInput = {
    network: { config: 'A', widthMultiplier: 1 / 16, fcWidth: 16 },
    data: { crop: 32, scale: 32 },
    optimization: { epochs: 2, batchSize: 16, microBatch: 8, learningRate: 0.02 },
    initialization: { kind: 'he' },
    execution: { threads: 1, decodeThreads: 1 },
    seed: 7,
  }
  return parseRecipe(mergeRecipes(small, changes))
}

/** Items that only syntheticLoader can load. */
export function syntheticItems(count: number, classes: number, prefix = 'image'): Item[] {
  return Array.from({ length: count }, (_, index) => ({ path: `${prefix}-${index}`, label: index % classes }))
}

/**
 * Images of 32×32 that are made, not read: each class has stripes of its own, with noise that depends on seed, epoch
 * and place in the epoch, as the augmentation of files does. Paths with `broken` in them cannot be read.
 */
export function syntheticLoader({ items }: LoaderOptions): Loader {
  const load = (positions: readonly number[], noise: (index: number) => readonly number[]): LoadedBatch => ({
    images: {
      shape: [positions.length, 3, 32, 32],
      data: concatenated(positions.map((position, index) => picture(items[position]!, noise(index)))),
    },
    labels: Int32Array.from(positions, (position) => items[position]!.label),
    items: Uint32Array.from(positions),
    failures: positions
      .filter((position) => isBroken(items[position]!))
      .map((position) => ({
        position,
        path: items[position]!.path,
        reason: { code: 'not-an-image', message: 'it is not an image.' },
      })),
    waited: 0.001,
  })
  return {
    async *training({ order, from, microBatch, seed, epoch }) {
      for (let start = from; start < order.length; start += microBatch) {
        const positions = [...order.subarray(start, start + microBatch)]
        yield load(positions, (index) => [seed, epoch, start + index])
      }
    },
    renditions() {
      throw new Error('Training looks at no renditions.')
    },
    async *views({ microBatch }) {
      for (let start = 0; start < items.length; start += microBatch) {
        const positions = Array.from(
          { length: Math.min(microBatch, items.length - start) },
          (_, i) => start + i,
        )
        yield load(positions, (index) => [1, start + index])
      }
    },
    dispose: async () => undefined,
  }
}

const isBroken = ({ path }: Item): boolean => path.includes('broken')

function picture(item: Item, stream: readonly number[]): Float32Array {
  if (isBroken(item)) return new Float32Array(3 * 32 * 32)
  const source = random(...stream)
  return Float32Array.from({ length: 3 * 32 * 32 }, (_, index) => {
    const column = index % 32
    return Math.sin(((item.label + 1) * column * Math.PI) / 16) + 0.5 * (source.uniform() - 0.5)
  })
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.length * 3 * 32 * 32)
  parts.forEach((part, index) => result.set(part, index * 3 * 32 * 32))
  return result
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'vgg-studio-training-'))
}

interface Setup {
  readonly recipe?: Recipe
  readonly classes?: number
  readonly training?: readonly Item[]
  readonly validation?: readonly Item[]
}

/** Input for a small new run, and the list that its events go to. */
export function smallRun({ recipe = smallRecipe(), classes = 3, training, validation }: Setup = {}): {
  input: TrainingInput
  events: TrainingEvent[]
} {
  const events: TrainingEvent[] = []
  const names = Array.from({ length: classes }, (_, index) => `class-${index}`)
  const input: TrainingInput = {
    start: startCheckpoint({ recipe, classes: names, statistics }),
    training: training ?? syntheticItems(40, classes),
    validation: validation ?? syntheticItems(12, classes, 'validation'),
    engine: onnxruntimeEngine,
    folder: temporaryFolder(),
    emit: (event) => events.push(event),
    openLoader: syntheticLoader,
  }
  return { input, events }
}

type EventOf<K extends TrainingEvent['event']> = Extract<TrainingEvent, { event: K }>

export function eventsOf<K extends TrainingEvent['event']>(
  events: readonly TrainingEvent[],
  kind: K,
): EventOf<K>[] {
  return events.filter((event): event is EventOf<K> => event.event === kind)
}

/** Losses of the updates by number. */
export function lossesOf(events: readonly TrainingEvent[]): Map<number, number> {
  return new Map(eventsOf(events, 'step').map(({ step, loss }) => [step, loss]))
}

const engineExhausted = (images: number): Error =>
  new StudioError({ code: 'out-of-memory', message: `No memory for ${images} images.` })

/** The engine on a machine whose memory holds `limit` images at a time, after the first `calls` that succeed. */
export function withMemoryFor(limit: number, calls = 0, exhausted = engineExhausted): Engine {
  const engine = onnxruntimeEngine
  let left = calls
  const check = (images: number): void => {
    if (left-- <= 0 && images > limit) throw exhausted(images)
  }
  return {
    ...engine,
    async trainer(...args) {
      const trainer = await engine.trainer(...args)
      return {
        ...trainer,
        accumulate: async (batch) => {
          check(batch.labels.length)
          return trainer.accumulate(batch)
        },
      }
    },
    async predictor(...args) {
      const predictor = await engine.predictor(...args)
      return {
        ...predictor,
        logits: async (images) => {
          check(images.shape[0]!)
          return predictor.logits(images)
        },
      }
    },
  }
}
