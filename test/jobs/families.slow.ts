import { describe, expect, test, vi } from 'vitest'
import { engines } from '../../core/engine/index.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { exportRun } from '../../core/jobs/export.ts'
import { predictImages } from '../../core/jobs/predict.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { imagePath } from '../../core/dataset/imagePath.ts'
import { temporaryFolder, tinyRecipe } from '../server/support.ts'
import { unless } from '../unless.ts'
import { smallStudio } from './small.ts'

vi.setConfig({ testTimeout: 240_000 })

const studio = smallStudio()
const devices = await Promise.all(
  engines.map(async ({ name, devices: all }) => ({
    engine: name,
    usable: (await all()).some(({ id, usable }) => id === 'cpu' && usable),
  })),
)

const networks = [
  { network: { config: 'alexnet', widthMultiplier: 1 / 16, fcWidth: 32 }, crop: 63 },
  { network: { config: 'googlenet', widthMultiplier: 1 / 16 }, crop: 48 },
  { network: { config: 'resnet18', widthMultiplier: 1 / 16 }, crop: 64 },
  {
    network: { config: 'resnet18', widthMultiplier: 1 / 16, squeezeExcitation: 4, variant: 'paper' },
    crop: 64,
  },
] as const

const each = devices.flatMap((device) => networks.map((one) => ({ ...device, ...one })))

describe.each(each)(
  '$network.config, a sixteenth as wide, with $engine',
  ({ engine, usable, network, crop }) => {
    test.skipIf(!usable)(
      `is trained, evaluated by crops and densely, asked and exported${unless(usable, 'it is not installed')}`,
      async () => {
        const { context, folder } = studio
        const { run, dataset } = await trainRun(context, {
          dataset: folder,
          recipe: {
            ...tinyRecipe,
            network,
            data: { crop, scale: crop },
            optimization: { ...tinyRecipe.optimization, epochs: 2 },
            execution: { ...tinyRecipe.execution, engine },
          },
        })
        const on = { run, engine, device: 'cpu', precision: 'fp32' } as const
        const plain = await evaluateRun(context, { ...on, scales: [crop] })
        expect(plain.failures).toEqual([])

        // The images are square: a dense pass over one of the crop's size has one place, the crop's.
        const dense = await evaluateRun(context, { ...on, scales: [crop], views: 'dense', flips: false })
        expect(dense.images).toBe(plain.images)
        expect(Math.abs(dense.loss - plain.loss)).toBeLessThan(1e-5)
        // Over larger ones it has more, and says something else.
        const larger = await evaluateRun(context, {
          ...on,
          scales: [2 * crop + 1],
          views: 'dense',
          flips: false,
        })
        expect(Math.abs(larger.loss - plain.loss)).toBeGreaterThan(1e-5)

        const { images, ...manifest } = context.registry.datasets.manifest(dataset)
        const asked = images.slice(0, 2).map((image) => imagePath(manifest, image))
        const told = await predictImages(context, { ...on, images: asked })
        expect(told.failures).toEqual([])

        const { certificate } = await exportRun(context, { ...on, format: 'onnx', out: temporaryFolder() })
        expect(certificate).toMatchObject({ passed: true })
      },
    )
  },
)
