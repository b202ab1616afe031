import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { allDevices } from '../../core/engine/index.ts'
import { openSpeeds } from '../../core/engine/selection/speeds.ts'
import { openContext } from '../../core/jobs/context/context.ts'
import { importDataset } from '../../core/jobs/import.ts'
import { processRunner } from '../../core/jobs/process/processRunner.ts'
import { startJob } from '../../core/jobs/process/startJob.ts'
import { openRecorder } from '../../core/jobs/recording/recorder.ts'
import { measureSpeed } from '../../core/jobs/tasks/speed.ts'
import { english } from '../../core/messages/en/index.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import { describe } from '../../core/network/cost.ts'
import { estimateCost } from '../../core/server/planning/costEstimate.ts'
import { networkOptions, parseRecipe } from '../../core/training/recipe.ts'

/**
 * `node test/bench/costEstimates.ts [--plans N]`: how far the estimates of a run's time and memory are from what it takes,
 * over twenty kept plans of different networks, sizes and engines. Each is estimated as the window does, then trained as
 * the window does, in a process of its own. Beforehand each engine is measured by its yardstick, as "Measure this machine"
 * does; what runs show counts for those that follow. A line of JSON for each, and a summary. The machine has to be quiet.
 */

interface Plan {
  readonly network: object
  readonly crop: number
  readonly epochs: number
  readonly batchSize: number
  /** Training images of the sample. */
  readonly images: number
  readonly engine: 'onnxruntime' | 'tensorflow' | 'auto'
  readonly more?: object
}

const plan = (
  engine: Plan['engine'],
  network: object,
  [crop, images, epochs, batchSize]: readonly [number, number, number, number],
  more: object = {},
): Plan => ({ engine, network, crop, images, epochs, batchSize, more })

const narrow = { fcWidth: 256, widthMultiplier: 0.25, batchNorm: true }
const plans: readonly Plan[] = [
  plan('onnxruntime', { config: 'A', ...narrow }, [64, 160, 6, 32]),
  plan('tensorflow', { config: 'A', ...narrow }, [64, 160, 6, 32]),
  plan('onnxruntime', { config: 'A', fcWidth: 512, batchNorm: true }, [64, 160, 2, 32]),
  plan('tensorflow', { config: 'A', fcWidth: 512, batchNorm: true }, [64, 160, 2, 32]),
  plan('auto', { config: 'A', ...narrow }, [96, 160, 4, 16]),
  plan('onnxruntime', { config: 'D', ...narrow }, [64, 160, 3, 32]),
  plan('tensorflow', { config: 'D', ...narrow }, [96, 96, 2, 16]),
  plan('onnxruntime', { config: 'B', fcWidth: 512, widthMultiplier: 0.5 }, [96, 96, 2, 16]),
  plan('tensorflow', { config: 'B', fcWidth: 512, widthMultiplier: 0.5 }, [64, 160, 3, 16]),
  plan('onnxruntime', { config: 'E', fcWidth: 256, widthMultiplier: 0.25 }, [64, 160, 3, 32]),
  plan('onnxruntime', { config: 'A', fcWidth: 64, widthMultiplier: 0.1 }, [32, 320, 15, 32]),
  plan('tensorflow', { config: 'A', fcWidth: 64, widthMultiplier: 0.1 }, [32, 320, 15, 8]),
  plan('onnxruntime', { config: 'alexnet', fcWidth: 512 }, [127, 96, 2, 16]),
  plan('tensorflow', { config: 'alexnet', fcWidth: 512, lrn: false }, [127, 96, 2, 32]),
  plan('onnxruntime', { config: 'resnet18' }, [64, 96, 2, 16]),
  plan('tensorflow', { config: 'resnet18' }, [64, 160, 3, 32]),
  plan('tensorflow', { config: 'resnet50' }, [64, 64, 2, 16]),
  plan('onnxruntime', { config: 'A', fcWidth: 1024 }, [128, 48, 1, 16]),
  plan('tensorflow', { config: 'C', ...narrow }, [64, 160, 3, 32], { frozen: ['group1', 'group2'] }),
  plan('onnxruntime', { config: 'A', fcWidth: 4096 }, [64, 96, 2, 32]),
]

const source = resolve(import.meta.dirname, '../../resources/sample/clipart')
const folder = mkdtempSync(join(tmpdir(), 'vgg-bench-'))

/** A folder of training images, and a quarter as many to validate with. */
function folderOf(images: number): string {
  const target = join(folder, `images-${images}`)
  const classes = readdirSync(source, { withFileTypes: true }).filter((one) => one.isDirectory())
  for (const { name } of classes) {
    const files = readdirSync(join(source, name)).filter((file) => file.endsWith('.png'))
    const each = Math.ceil((images * 1.25) / classes.length)
    mkdirSync(join(target, name), { recursive: true })
    for (let index = 0; index < each; index++) {
      const file = files[index % files.length]!
      cpSync(join(source, name, file), join(target, name, `${index}-${file}`))
    }
  }
  return target
}

const context = openContext({ home: join(folder, 'home') })
const devices = (await allDevices()).filter(({ id, usable }) => id === 'cpu' && usable)
for (const { engine, id, precisions } of devices) {
  for (const precision of precisions) {
    await measureSpeed(context.home.folder, { engine, device: id, precision })
  }
}
const speeds = openSpeeds(context.home.folder)
const wanted = Number(process.argv[process.argv.indexOf('--plans') + 1]) || plans.length
const errors: { readonly time: number; readonly memory: number }[] = []
try {
  for (const { network: asked, crop, epochs, batchSize, images, engine, more } of plans.slice(0, wanted)) {
    if (engine !== 'auto' && !devices.some((device) => device.engine === engine)) continue
    const { dataset } = await importDataset(context, {
      source: folderOf(images),
      name: `images-${images}`,
      validation: 0.2,
      test: 0,
      seed: 0,
    })
    const { images: counts, classes } = context.registry.datasets.get(dataset)
    const recipe = parseRecipe({
      network: asked,
      data: { crop },
      optimization: { epochs, batchSize, schedule: 'constant', ...more },
      execution: { engine },
    })
    const network = buildNetwork(networkOptions(recipe, classes.length))
    const cost = estimateCost(network, describe(network), recipe, {
      classes: classes.length,
      images: counts,
      pixels: context.registry.pages.meanPixels(dataset),
      placesFor: () =>
        devices
          .filter((device) => engine === 'auto' || device.engine === engine)
          .flatMap((device) =>
            device.precisions
              .filter((precision) => engine === 'auto' || precision === 'fp32')
              .map((precision) => ({
                device,
                place: { engine: device.engine, device: device.id, precision },
              })),
          ),
      speeds: speeds.list(),
      texts: english,
    })
    const exact =
      engine === 'auto' ? recipe : { ...recipe, execution: { ...recipe.execution, precision: 'fp32' } }
    let memory = 0
    const started = performance.now()
    const record = openRecorder(context, (event) => {
      if ('memory' in event) memory = Math.max(memory, event.memory.process)
    })
    const job = startJob(processRunner, {
      kind: 'train',
      input: { dataset, recipe: exact },
      context,
      onEvent: record,
    })
    const outcome = await job.ended
    const seconds = (performance.now() - started) / 1000
    if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome))
    const predicted = cost.seconds!
    errors.push({ time: predicted.total / seconds, memory: cost.memory.needed / memory })
    const what = {
      network: asked,
      crop,
      images: counts,
      epochs,
      engine: cost.engine,
      precision: cost.precision,
    }
    console.log(JSON.stringify({ ...what, seconds, predicted, memory, needed: cost.memory.needed }))
  }
  const threads = availableParallelism()
  console.log(JSON.stringify({ threads, time: summary('time'), memory: summary('memory') }))
} finally {
  context.registry.close()
  rmSync(folder, { recursive: true, force: true })
}

/** How far estimates are off, as factors: 1.2 is a fifth too much or too little. */
function summary(what: 'time' | 'memory') {
  const off = errors.map((one) => Math.exp(Math.abs(Math.log(one[what])))).toSorted((a, b) => a - b)
  return { plans: off.length, median: off[Math.floor(off.length / 2)], worst: off.at(-1) }
}
