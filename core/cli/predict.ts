import type { Command } from 'commander'
import type { PredictResult } from '../jobs/predict.ts'
import { lineOf } from '../messages/text.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { addExecution, executionText, type ExecutionFlags } from './execution.ts'
import { counted, percent } from './format.ts'
import { barOf } from './progress.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions, ExecutionFlags {
  readonly checkpoint?: string
  readonly calibrated?: true
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
  addExecution(command, 'trained').action((run: string, images: readonly string[], options: Options) =>
    perform(options, async ({ terminal, open }) => {
      const { checkpoint, calibrated, engine, device, precision } = options
      const { predictImages } = await import('../jobs/predict.ts')
      const result = await predictImages(open({ reading: true }), {
        run,
        images,
        checkpoint,
        calibrated,
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
  const blocks = predictions.map(({ path, classes }) => {
    const rows = classes.map(({ name, probability }) => [
      `  ${name}`,
      barOf(probability, 20, colors),
      percent(probability),
    ])
    return `${colors.bold(path)}\n${table(columns, rows, cells)}`
  })
  return [
    ...blocks,
    colors.dim(
      `${protocolText}; ${temperature === undefined ? '' : `temperature ${temperature.toFixed(3)}; `}${executionText(execution)}`,
    ),
  ].join('\n')
}
