import { dirname, join } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { StudioError } from '../base/errors.ts'
import { exportFormats, preprocessingPlaces, type ExportFormat } from '../export/formatNames.ts'
import type { ExportChoices } from '../export/types.ts'
import { weightTypes, type WeightType } from '../graph/tensorflow/packedWeights.ts'
import type { ExportedRun } from '../jobs/export.ts'
import { certificateText, comparisonText } from '../messages/en/words.ts'
import { textOf as sentencesOf } from '../messages/text.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { addExecution, executionText, type ExecutionFlags } from './execution.ts'
import { bytes, changedMark } from './format.ts'
import { runJob } from './runJob.ts'

interface Options extends CommonOptions, ExecutionFlags {
  readonly format: ExportFormat | 'all'
  readonly preprocessing: ExportChoices['preprocessing']
  readonly dense?: true
  readonly batch?: number
  readonly weights?: WeightType
  readonly out?: string
  readonly overwrite?: true
  readonly checkpoint?: string
  readonly calibrated?: true
}

export function addExport(program: Command): void {
  const command = addCommand(program, 'export', {
    summary: 'write a run’s network for use elsewhere, and prove that it computes the same',
    description:
      'Labels and preprocessing (resize, crop, mean) go into the file and beside it, with programs that classify pictures. Other programs open the export and are run over the same image files as the network; an export that answers otherwise is not written.',
    examples: [
      'export r1 --format onnx --out flowers-onnx',
      'export r1 --preprocessing inside',
      'export r1 --format all --out flowers',
      'export last --json',
    ],
  })
    .argument('<run>', 'a run: its id, its name, or last')
    .addOption(
      new Option(
        '--format <format>',
        'what to write; all: each of them that can be written, in a folder of its own',
      )
        .choices([...exportFormats, 'all'])
        .default('onnx'),
    )
    .addOption(
      new Option(
        '--preprocessing <place>',
        'inside: the model takes 8-bit RGB pictures of any size and gives probabilities; outside: it takes normalized crops and gives logits',
      )
        .choices(preprocessingPlaces)
        .default('outside'),
    )
    .option('--dense', 'the network as it is applied to whole images of any size')
    .option('--batch <images>', 'always this many images at a time (default: any number)', wholeNumber)
    .addOption(
      new Option(
        '--weights <kind>',
        'how a TensorFlow.js model keeps its weights, which are floats again when it is opened (default: float32)',
      ).choices(weightTypes),
    )
    .option('--out <folder>', 'output folder (default: a new one in exports/ in the home folder)')
    .option('--overwrite', 'replace the export that is in the output folder')
    .option('--checkpoint <kind>', 'best, last or epoch-5, as `show` lists them (default: best)')
    .option('--calibrated', 'use the temperature that `calibrate` has fitted')
  addExecution(command, 'trained').action((run: string, options: Options) =>
    perform(options, async (session) => {
      const { terminal, open } = session
      const { home: _, json: __, metric: ___, format, ...choices } = options
      const context = open()
      if (format !== 'all') {
        const result = await runJob(session, context, 'export', { run, format, ...choices })
        return terminal.result(result, () => textOf(result))
      }
      const exports: ExportedRun[] = []
      const leftOut: { format: ExportFormat; code: string; message: string; hint: string | null }[] = []
      for (const one of exportFormats) {
        const input = { run, format: one, ...choicesFor(one, choices) }
        try {
          exports.push(await runJob(session, context, 'export', input))
        } catch (error) {
          if (!(error instanceof StudioError) || !ofOneFormat.has(error.code)) throw error
          const { message, hint = null } = sentencesOf(terminal.texts, error.fact)
          leftOut.push({ format: one, code: error.code, message, hint })
          terminal.note(`${terminal.noteColors.red('Left out:')} ${one}: ${message}`)
        }
      }
      terminal.result({ exports, leftOut }, () => exports.map(textOf).join('\n\n'))
      return leftOut.length === 0 ? 0 : 1
    }),
  )
}

/** What keeps a format from being written, and no other. */
const ofOneFormat: ReadonlySet<string> = new Set([
  ...['export-calibration', 'export-choice', 'export-unopened', 'certificate-failed', 'output-exists'],
])

/** What was asked for, as far as the format has it: most take crops alone, and any number of them. */
function choicesFor(format: ExportFormat, { out, weights, ...choices }: Omit<Options, 'format'>) {
  const place = out === undefined ? {} : { out: join(out, format) }
  const plain = format.startsWith('onnx') ? {} : { preprocessing: 'outside' as const, batch: undefined }
  return { ...choices, ...place, ...plain, ...(format === 'tfjs' && { weights }) }
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= 1024) return value
  throw new InvalidArgumentError('Give a whole number from 1 to 1024.')
}

function textOf({ path, bytes: size, files, certificate, execution, changedFiles }: ExportedRun): string {
  const { labelled, correct, runtimes } = certificate
  const right = runtimes.map(({ runtime, correct: own }) => `${runtime} ${own}`).join(', ')
  return [
    `${path} (${bytes(size)})`,
    ...files.filter((file) => file !== path),
    `Beside the source (${executionText(execution)}): ${certificateText(certificate)}${changedMark(changedFiles)}`,
    ...(labelled > 0 ? [`Right for ${correct} of ${labelled} labeled images; the export: ${right}`] : []),
    ...(certificate.comparison ? [comparisonText(certificate.comparison)] : []),
    `Check it again anywhere: vgg-studio verify ${dirname(path)}`,
  ].join('\n')
}
