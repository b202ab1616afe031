import type { Command } from 'commander'
import type { PredictResult } from '../jobs/predict.ts'
import { lineOf } from '../messages/text.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { addExecution, executionText, type ExecutionFlags } from './execution.ts'
import { counted, percent } from './format.ts'
import type { ImageUnlikeness } from '../jobs/prediction/reference.ts'
import { barOf } from './progress.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions, ExecutionFlags {
  readonly checkpoint?: string
  readonly calibrated?: true
  readonly unlike?: true
}

export function addPredict(program: Command): void {
  const command = addCommand(program, 'predict', {
    summary: 'classify images',
    description:
      'Prints the five most probable classes of each image. Exits with 1 if an image can’t be read.',
    examples: ['predict r1 rose.jpg', 'predict last photos/*.jpg --json'],
  })
    .argument('<run>', 'a run: its id, its name, or last')
    .argument('<images...>', 'image files')
    .option('--checkpoint <kind>', 'best, last or epoch-5, as `show` lists them (default: best)')
    .option('--calibrated', 'use the temperature that `calibrate` has fitted')
  command.option(
    '--unlike',
    'say how unlike the training images each is, which takes features of up to 1,500 images once',
  )
  addExecution(command, 'trained').action((run: string, images: readonly string[], options: Options) =>
    perform(options, async ({ terminal, open }) => {
      const { checkpoint, calibrated, unlike, engine, device, precision } = options
      const { predictImages } = await import('../jobs/predict.ts')
      const result = await predictImages(open({ reading: true }), {
        run,
        images,
        checkpoint,
        calibrated,
        unlike,
        engine,
        device,
        precision,
      })
      terminal.result(result, () => textOf(result, terminal))
      const failed = result.failures.length
      if (failed === 0) return 0
      const { noteColors } = terminal
      terminal.note(`${noteColors.red('Error:')} ${counted(failed, 'image')} could not be read.`)
      for (const { path, reason } of result.failures)
        terminal.note(`  ${path}: ${lineOf(terminal.texts, reason)}`)
      return 1
    }),
  )
}

function textOf(
  { predictions, protocolText, execution, temperature }: PredictResult,
  { colors, columns: cells }: Terminal,
): string {
  const columns = [{ title: '', shrinks: true }, { title: '' }, { title: '', align: 'right' as const }]
  const blocks = predictions.map(({ path, classes, unlike }) => {
    const rows = classes.map(({ name, probability }) => [
      `  ${name}`,
      barOf(probability, 20, colors),
      percent(probability),
    ])
    const said = unlike === undefined ? '' : `\n  ${unlikeText(unlike, colors)}`
    return `${colors.bold(path)}\n${table(columns, rows, cells)}${said}`
  })
  return [
    ...blocks,
    colors.dim(
      `${protocolText}; ${temperature === undefined ? '' : `temperature ${temperature.toFixed(3)}; `}${executionText(execution)}`,
    ),
  ].join('\n')
}

function unlikeText({ share, isUnlike, of }: ImageUnlikeness, colors: Terminal['colors']): string {
  const images = counted(of.images, `${of.split === 'train' ? 'training' : of.split} image`)
  const compared = `farther from the training images than ${percent(share)} of ${images}`
  return isUnlike
    ? colors.yellow(`Unlike what it learned from: ${compared}. The probabilities say little.`)
    : colors.dim(`Like what it learned from: ${compared}.`)
}
