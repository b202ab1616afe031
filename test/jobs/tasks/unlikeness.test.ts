import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { findEngine } from '../../../core/engine/index.ts'
import { noiseBatch } from '../../../core/engine/noise.ts'
import { classAreas } from '../../../core/evaluation/statistics/curves.ts'
import { modelOf, openCheckpoint } from '../../../core/jobs/context/checkpoints.ts'
import { predictImages } from '../../../core/jobs/predict.ts'
import { openJoined } from '../../../core/jobs/prediction/joinedModel.ts'
import { openPredictor } from '../../../core/jobs/tasks/predictor.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'

const studio = smallStudio(3, 24)
let run: string
let own: string[]
let strangers: string[]
const clipart = fileURLToPath(new URL('../../../resources/sample/clipart/', import.meta.url))

/** Some pictures of each folder of a folder. */
const picturesOf = (folder: string, most: number): string[] =>
  readdirSync(folder).flatMap((name) =>
    readdirSync(join(folder, name))
      .slice(0, most)
      .map((file) => join(folder, name, file)),
  )

beforeAll(async () => {
  const network = { ...tinyRecipe.network, fcWidth: 64 }
  const optimization = { ...tinyRecipe.optimization, epochs: 8, learningRate: 0.02 }
  const recipe = { ...tinyRecipe, network, optimization }
  ;({ run } = await trainRun(studio.context, { dataset: studio.folder, recipe }))
  own = picturesOf(join(studio.folder, 'test'), 6)
  strangers = picturesOf(clipart, 4)
})

test('the features are what the last layer makes the logits from', async () => {
  const { context } = studio
  const { checkpoint } = await openCheckpoint(context, context.registry.runs.get(run))
  const { network, weights } = modelOf(checkpoint)
  const last = network.layers.findLast(({ kind }) => kind === 'linear')!.name
  const [weight, bias] = ['weight', 'bias'].map((role) => weights.get(`${last}.${role}`)!.data.slice())
  const model = openJoined(findEngine('onnxruntime'), checkpoint, {})
  const { images } = noiseBatch(network, 2)
  const features = await (await model.features()).logits(images)
  const logits = await (await model.engine.predictor(network, weights)).logits(images)
  await model.close()
  const [, size] = features.shape as [number, number]
  expect(size).toBe(model.size)
  for (let image = 0; image < 2; image++)
    for (let label = 0; label < 3; label++) {
      let sum = bias![label]!
      for (let at = 0; at < size; at++) sum += weight![label * size + at]! * features.data[image * size + at]!
      expect(logits.data[image * 3 + label]).toBeCloseTo(sum, 4)
    }
})

test('pictures of another kind are farther than those of the data set, by the window’s predictor and by the job alike', async () => {
  const { context } = studio
  const images = [...own, ...strangers]
  const predictor = openPredictor(context)
  const before = await predictor.predict({ run, images })
  expect(before.predictions.every(({ unlike }) => unlike === undefined)).toBe(true)
  let progress = await predictor.learn({ run })
  while (progress!.done < progress!.total) progress = await predictor.learn({ run })
  expect(progress).toEqual({ done: 108, total: 108 })

  const { predictions } = await predictor.predict({ run, images })
  expect(predictions.map(({ classes }) => classes)).toEqual(before.predictions.map(({ classes }) => classes))
  const unlike = predictions.map((one) => one.unlike!)
  expect(unlike[0]!.of).toEqual({ split: 'validation', images: 36 })
  const distances = unlike.map(({ distance }) => distance)
  const areas = classAreas(distances, [...own.map(() => 0), ...strangers.map(() => 1)])
  expect(areas.rocArea).toBeGreaterThan(0.6)
  for (const { share, isUnlike } of unlike) expect(isUnlike).toBe(share >= 0.95)
  const { dataset } = context.registry.runs.get(run)
  for (const { position, label } of unlike[0]!.nearest) {
    const image = context.registry.pages.image(dataset!, position)!
    expect(image).toMatchObject({ split: 'train', label })
  }
  const phases: string[] = []
  const emit = (event: object) => void ('phase' in event && phases.push(String(event.phase)))
  const again = await predictImages({ ...context, emit } as typeof context, { run, images, unlike: true })
  expect(again.predictions).toEqual(predictions)
  // Features are kept: nothing was computed but for the two files.
  expect(phases.filter((phase) => phase === 'features')).toEqual([])
})
