import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { dataFolder } from '../base/dataFolder.ts'
import type { JobContext } from '../jobs/context.ts'
import { addCommand, perform, type CommonOptions, type Session } from './command.ts'
import { demoReport, type Demo } from './demoReport.ts'
import { whole } from './options.ts'

const sample = fileURLToPath(new URL('../../resources/sample/fashion-mnist', import.meta.url))

/**
 * A narrow A: 28×28 gray images need no more, and two cores train it in a minute or two. Clothes are photographed from
 * one side and have no color, so nothing is gained by mirroring and shifting colors.
 */
const recipe = (epochs: number) => ({
  network: { config: 'A', batchNorm: true, widthMultiplier: 0.25, fcWidth: 256, dropout: 0.3 },
  data: { crop: 32, scale: { min: 32, max: 36 }, flip: false, colorShift: 0 },
  optimization: {
    epochs,
    batchSize: 32,
    learningRate: 0.03,
    labelSmoothing: 0.1,
    schedule: { kind: 'cosine', warmup: { epochs: 1 } },
  },
  initialization: { kind: 'he' as const },
})

interface Options extends CommonOptions {
  readonly epochs: number
}

export function addDemo(program: Command): void {
  addCommand(program, 'demo', {
    summary: 'the main job on the sample images: import, train, evaluate, export, report',
    description:
      'Trains a small VGG on 1,200 images of clothes (Fashion-MNIST), and says how well it does on 400 others. Its data goes into the folder demo beside the studio’s own data, unless --home or VGG_STUDIO_HOME say otherwise.',
    examples: ['demo', 'demo --home /tmp/studio --json'],
  })
    .option('--epochs <number>', 'fewer are quicker, and worse', whole(1, 1000), 24)
    .action((options: Options) =>
      perform(options, async (session) => {
        const home = options.home ?? (process.env['VGG_STUDIO_HOME'] || join(dataFolder(), 'demo'))
        const context = session.open({ home })
        const demo = await work(session, context, options.epochs)
        const text = session.terminal.json ? '' : await demoReport(demo, context, session.terminal)
        const { exported, ...rest } = demo
        const { run, dataset } = demo.training
        session.terminal.result({ run, dataset, ...rest, export: exported }, () => text)
      }),
    )
}

async function work({ terminal }: Session, context: JobContext, epochs: number): Promise<Demo> {
  const began = performance.now()
  const step = (text: string): void => {
    if (!terminal.json) terminal.note(terminal.noteColors.bold(text))
  }
  const { trainRun } = await import('../jobs/train.ts')
  const { evaluateRun } = await import('../jobs/evaluate.ts')
  const { exportRun } = await import('../jobs/export.ts')
  step(`Train a small VGG on ${sample}`)
  const training = await trainRun(context, { dataset: sample, recipe: recipe(epochs) })
  const { run } = training
  step('Evaluate it on the test images, which it has not seen')
  const evaluation = await evaluateRun(context, { run })
  step('Export it as ONNX, and compare')
  const exported = await exportRun(context, { run, format: 'onnx' })
  const seconds = (performance.now() - began) / 1000
  return { home: context.home.folder, training, evaluation, exported, seconds }
}
