import { expect, test } from 'vitest'
import { demoRecipe } from '../../core/cli/demo.ts'
import { random } from '../../core/base/random.ts'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import { startCheckpoint } from '../../core/training/checkpoint.ts'
import { findPreset } from '../../core/training/presets.ts'
import { parseRecipe, type Recipe } from '../../core/training/recipe.ts'
import { statistics } from './samples.ts'

const classes = Array.from({ length: 10 }, (_, index) => `class ${index}`)
const images = 20

/** Loss of the first update on images that are all noise: there is nothing to know of them. */
async function firstLoss(recipe: Recipe): Promise<number> {
  const { network, state } = startCheckpoint({ recipe, classes, statistics })
  const { crop } = recipe.data
  const trainer = await onnxruntimeEngine.trainer(buildNetwork(network), state, { threads: 1 })
  const source = random(recipe.seed)
  const data = Float32Array.from({ length: images * 3 * crop * crop }, () => source.normal())
  const { loss } = await trainer.accumulate({
    images: { shape: [images, 3, crop, crop], data },
    labels: Int32Array.from({ length: images }, (_, index) => index % classes.length),
    weights: new Float32Array(images).fill(1 / images),
    dropoutSeed: [0],
  })
  await trainer.dispose()
  return loss
}

const small = {
  'the preset quick-look': async () => (await findPreset('quick-look')).recipe,
  'the preset small-images': async () => (await findPreset('small-images')).recipe,
  'the demo': async () => demoRecipe(1),
  'VGG-A with batch normalization': async () =>
    ({ network: { config: 'A', batchNorm: true, fcWidth: 2048 }, data: { crop: 32 } }) as const,
}

test.for(Object.entries(small))('%s starts at the loss of guessing, ln K', async ([, recipe]) => {
  for (const seed of [0, 1]) {
    const parsed = parseRecipe({ ...(await recipe()), seed })
    expect(['torchvision', 'he-small-last']).toContain(parsed.initialization.kind)
    expect(Math.abs((await firstLoss(parsed)) - Math.log(10))).toBeLessThan(0.1)
  }
})

test('which a last layer as large as the others misses', async () => {
  const { recipe } = await findPreset('small-images')
  const he = parseRecipe({ ...recipe, initialization: { kind: 'he' } })
  expect((await firstLoss(he)) - Math.log(10)).toBeGreaterThan(0.1)
})
