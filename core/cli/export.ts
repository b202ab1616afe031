import { Option, type Command } from 'commander'
import { exportFormats, type ExportFormat } from '../jobs/entry/defaults.ts'
import type { ExportedRun } from '../jobs/export.ts'
import { parityText } from '../messages/en/words.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { addExecution, executionText, type ExecutionFlags } from './execution.ts'
import { bytes, changedMark } from './format.ts'
import { runJob } from './runJob.ts'

interface Options extends CommonOptions, ExecutionFlags {
  readonly format: ExportFormat
  readonly out?: string
  readonly checkpoint?: string
  readonly calibrated?: true
}

export function addExport(program: Command): void {
  const command = addCommand(program, 'export', {
    summary: 'write a run’s network for use elsewhere, and prove that it computes the same',
    description:
      'Labels and preprocessing (resize, crop, mean) go into the file and beside it. Source and export are run on the same images; an export that differs is not written.',
    examples: ['export r1 --format onnx --out flowers-onnx', 'export last --json'],
  })
    .argument('<run>', 'a run: its id, its name, or last')
    .addOption(new Option('--format <format>', 'what to write').choices(exportFormats).default('onnx'))
    .option('--out <folder>', 'output folder (default: exports/ in the home folder)')
    .option('--checkpoint <kind>', 'best, last or epoch-5, as `show` lists them (default: best)')
    .option('--calibrated', 'use the temperature that `calibrate` has fitted')
  addExecution(command, 'trained').action((run: string, options: Options) =>
    perform(options, async (session) => {
      const { terminal, open } = session
      const { format, out, checkpoint, calibrated, engine, device, precision } = options
      const input = { run, format, out, checkpoint, calibrated, engine, device, precision }
      const result = await runJob(session, open(), 'export', input)
      terminal.result(result, () => textOf(result))
    }),
  )
}

function textOf({ path, bytes: size, files, parity, execution, changedFiles }: ExportedRun): string {
  return [
    `${path} (${bytes(size)})`,
    ...files.filter((file) => file !== path).map((file) => file),
    `Parity of ONNX Runtime with the source (${executionText(execution)}): ${parityText(parity)}${changedMark(changedFiles)}`,
  ].join('\n')
}
