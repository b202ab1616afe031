import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
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
import type { EpochRecord } from '../../core/training/events.ts'
import { networkOptions, parseRecipe } from '../../core/training/recipe.ts'

/**
 * How far the estimates of a run's time and memory are from what it takes, over twenty kept plans of different networks,
 * sizes and engines:
 *
 *     npx node test/bench/costEstimates.ts --out FILE [--minutes 60]
 *     npx node test/bench/costEstimates.ts --table FILE
 *
 * Each is estimated as the window does, then trained as the window does, in a process of its own. Beforehand each engine
 * is measured by its yardstick, as "Measure this machine" does; what runs show counts for those that follow. Each plan is
 * a line of JSON in the file: what is in it already is not done again, so it can be cut short and continued with. Images
 * and what the machine has shown lie beside it, in FILE.files. `--table` prints how far off they are. The machine has to
 * be quiet.
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

/** What a plan's run took, beside what it was expected to take. Seconds, bytes. */
interface Result extends Pick<Plan, 'network' | 'crop' | 'epochs' | 'batchSize' | 'images'> {
  /** Place in the list of plans. */
  readonly plan: number
  readonly engine: string
  readonly precision: string
  readonly measured: Parts
  readonly predicted: Parts
  readonly memory: number
  readonly needed: number
  readonly threads: number
}

interface Parts {
  readonly total: number
  /** Until the first update, trials included. */
  readonly start: number
  readonly training: number
  readonly validation: number
  readonly saving: number
}

const { values } = parseArgs({
  options: {
    ...{ out: { type: 'string' }, table: { type: 'string' } },
    minutes: { type: 'string', default: '60' },
  },
})

if (values.table) table(readResults(values.table))
else if (values.out) await study(values.out)
else {
  console.error('Give --out FILE to train, or --table FILE to print.')
  process.exitCode = 2
}

async function study(out: string): Promise<void> {
  const end = performance.now() + Number(values.minutes) * 60_000
  const done = readResults(out).map((one) => one.plan)
  const context = openContext({ home: join(`${out}.files`, 'home') })
  try {
    const devices = (await allDevices()).filter(({ id, usable }) => id === 'cpu' && usable)
    const speeds = openSpeeds(context.home.folder)
    for (const { engine, id, precisions } of speeds.list().length > 0 ? [] : devices) {
      for (const precision of precisions) {
        await measureSpeed(context.home.folder, { engine, device: id, precision })
      }
    }
    for (const [index, one] of plans.entries()) {
      if (done.includes(index) || performance.now() > end) continue
      if (one.engine !== 'auto' && !devices.some((device) => device.engine === one.engine)) continue
      const result = await measure(index, one, `${out}.files`, { context, devices, speeds })
      appendFileSync(out, `${JSON.stringify(result)}\n`)
      console.error(lineOf(result))
    }
  } finally {
    context.registry.close()
  }
}

interface Machine {
  readonly context: ReturnType<typeof openContext>
  readonly devices: Awaited<ReturnType<typeof allDevices>>
  readonly speeds: ReturnType<typeof openSpeeds>
}

async function measure(
  index: number,
  { network: asked, crop, epochs, batchSize, images, engine, more }: Plan,
  folder: string,
  { context, devices, speeds }: Machine,
): Promise<Result> {
  const { dataset } = await importDataset(context, {
    source: folderOf(folder, images),
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
    targetsFor: () =>
      devices
        .filter((device) => engine === 'auto' || device.engine === engine)
        .flatMap((device) =>
          device.precisions
            .filter((precision) => engine === 'auto' || precision === 'fp32')
            .map((precision) => ({
              device,
              target: { engine: device.engine, device: device.id, precision },
            })),
        ),
    speeds: speeds.list(),
    texts: english,
  })
  const exact =
    engine === 'auto' ? recipe : { ...recipe, execution: { ...recipe.execution, precision: 'fp32' } }
  let [memory, begun] = [0, 0]
  const records: EpochRecord[] = []
  const started = performance.now()
  const since = (): number => (performance.now() - started) / 1000
  const record = openRecorder(context, (event) => {
    if ('memory' in event) memory = Math.max(memory, event.memory.process)
    if (event.event === 'started') begun = since()
    if (event.event === 'epoch') records.push(event)
  })
  const job = startJob(processRunner, {
    kind: 'train',
    input: { dataset, recipe: exact },
    context,
    onEvent: record,
  })
  const outcome = await job.ended
  const total = since()
  if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome))
  const sum = (of: (one: EpochRecord) => number): number => records.reduce((all, one) => all + of(one), 0)
  const training = sum((one) => (one.images ?? counts.train) / one.imagesPerSecond)
  const validation = sum((one) => one.seconds) - training
  const predicted = cost.seconds!
  return {
    ...{ plan: index, network: asked, crop, epochs, batchSize, images },
    ...{ engine: cost.engine, precision: cost.precision },
    measured: { total, start: begun, training, validation, saving: total - begun - training - validation },
    predicted: { ...predicted, start: predicted.start + predicted.trials },
    memory,
    needed: cost.memory.needed,
    threads: availableParallelism(),
  }
}

/** A folder of training images, and a quarter as many to validate with. */
function folderOf(folder: string, images: number): string {
  const source = resolve(import.meta.dirname, '../../resources/sample/clipart')
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

function readResults(path: string): readonly Result[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Result)
}

function table(results: readonly Result[]): void {
  for (const result of results.toSorted((a, b) => a.plan - b.plan)) console.log(lineOf(result))
  const time = summary(results.map(({ measured, predicted }) => predicted.total / measured.total))
  const memory = summary(results.map((one) => one.needed / one.memory))
  console.log(JSON.stringify({ threads: results[0]?.threads, time, memory }))
}

function lineOf({ plan: index, network, crop, engine, precision, ...one }: Result): string {
  const seconds = (part: keyof Parts): string =>
    `${part} ${one.predicted[part].toFixed(1)}/${one.measured[part].toFixed(1)}`
  const parts = (['total', 'start', 'training', 'validation', 'saving'] as const).map(seconds).join(', ')
  const bytes = `${(one.needed / 1e6).toFixed(0)}/${(one.memory / 1e6).toFixed(0)} MB`
  const ratio = (one.predicted.total / one.measured.total).toFixed(2)
  return `${index} ${JSON.stringify(network)} ${crop} px, ${engine} ${precision}: ${ratio}; ${parts} s, ${bytes}`
}

/** How far estimates are off, as factors: 1.2 is a fifth too much or too little. */
function summary(ratios: readonly number[]) {
  const off = ratios.map((ratio) => Math.exp(Math.abs(Math.log(ratio)))).toSorted((a, b) => a - b)
  return { plans: off.length, median: off[Math.floor(off.length / 2)], worst: off.at(-1) }
}
