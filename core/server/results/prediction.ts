import { resolve } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { changedFiles } from '../../dataset/changed.ts'
import { outlinesOf } from '../../evaluation/outlines.ts'
import type { Protocol } from '../../evaluation/types.ts'
import { cropPlan } from '../../evaluation/views.ts'
import type { Size } from '../../image/types.ts'
import type { PredictInput } from '../../jobs/predict.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { lineOf } from '../../messages/text.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'
import type { PredictionAnswer, SeenImage } from '../api/types.ts'
import type { Helper } from '../helper/helper.ts'
import type { Prediction } from './types.ts'
import type { Uploads } from './uploads.ts'

export interface PredictionOptions {
  readonly uploads: Uploads
  readonly texts: Catalog
  readonly registry: Registry
  /** Helper process that runs engines. */
  readonly helper: Helper
}

interface Named {
  readonly name: string
  readonly file: string
  /** What a person is shown of it; not asked for where the image cannot be read. */
  readonly seen: (protocol: Protocol) => Promise<SeenImage>
}

export function openPrediction({ uploads, texts, registry, helper }: PredictionOptions): Prediction {
  async function predict(
    choice: Omit<PredictInput, 'images'>,
    images: readonly Named[],
  ): Promise<PredictionAnswer> {
    const start = performance.now()
    const result = await helper.run('predict', { ...choice, images: images.map(({ file }) => file) })
    const given = new Map(images.map((image) => [image.file, image]))
    const named = (path: string): string => given.get(path)?.name ?? path
    const predictions = result.predictions.map(async ({ path, ...predicted }) => ({
      ...predicted,
      name: named(path),
      ...(await given.get(path)!.seen(result.protocol)),
    }))
    return {
      run: result.run,
      checkpoint: result.checkpoint,
      ...(result.temperature !== undefined && { temperature: result.temperature }),
      protocolText: result.protocolText,
      execution: result.execution,
      seconds: (performance.now() - start) / 1000,
      predictions: await Promise.all(predictions),
      failures: result.failures.map(({ path, reason }) => ({
        name: named(path),
        reason: lineOf(texts, reason).replaceAll(path, named(path)),
      })),
    }
  }

  function seenAs(
    protocol: Protocol,
    { width, height }: Size,
  ): Pick<SeenImage, 'width' | 'height' | 'outlines'> {
    return { width, height, outlines: outlinesOf(cropPlan(protocol), { width, height }) }
  }

  /** What a file is that the run's data set has, whatever its name. */
  function truthOf(run: Id, hash: string): Pick<SeenImage, 'truth'> {
    const { dataset } = registry.runs.get(run)
    const found = dataset === null ? undefined : registry.pages.imageWith(dataset, hash)
    if (!found) return {}
    const { path, split, label } = found
    return { truth: { class: registry.datasets.get(dataset!).classes[label]!, path, split } }
  }

  return {
    async open(choice) {
      registry.runs.get(choice.run)
      await helper.run('openPredictor', choice)
    },
    async learn(choice) {
      registry.runs.get(choice.run)
      return (await helper.run('learnReference', choice)) ?? { done: 0, total: 0 }
    },
    async known({ run, checkpoint, calibrated, images }) {
      const changed = new Set<string>()
      const files = images.map(async ({ dataset, position }) => {
        const { root, name, created } = registry.datasets.get(dataset)
        const image = registry.pages.image(dataset, position)
        if (!image) throw new StudioError('not-found', { what: 'dataset-image', dataset: name, position })
        if (await changedFiles({ root }, [image], Date.parse(created))) changed.add(image.path)
        const seen = (protocol: Protocol) => Promise.resolve(seenAs(protocol, image.info))
        return { name: image.path, file: resolve(root, image.path), seen }
      })
      const answer = await predict({ run, checkpoint, calibrated }, await Promise.all(files))
      return changed.size === 0 ? answer : { ...answer, changed: [...changed] }
    },
    async uploaded({ run, checkpoint, calibrated, name = 'image' }, body) {
      registry.runs.get(run)
      return uploads.use(body, (file) => {
        const seen = async (protocol: Protocol): Promise<SeenImage> => {
          const { hash, picture, ...size } = await helper.run('triedImage', { path: file })
          const encoded = `data:image/webp;base64,${Buffer.from(picture).toString('base64')}`
          return { ...seenAs(protocol, size), ...truthOf(run, hash), picture: encoded }
        }
        return predict({ run, checkpoint, calibrated }, [{ name, file, seen }])
      })
    },
  }
}
