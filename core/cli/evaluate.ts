import { Option, type Command } from 'commander'
import type { Split } from '../dataset/types.ts'
import type { Agreement } from '../evaluation/types.ts'
import { viewsNames } from '../evaluation/types.ts'
import { tableNames, type TableName } from '../evaluation/tables.ts'
import type { EvaluateResult } from '../jobs/evaluate.ts'
import type { TableInput } from '../jobs/evaluation/tableNumbers.ts'
import { confusionBlocks } from './chart.ts'
import { lineOf } from '../messages/text.ts'
import { addCommand, addMetric, perform, type CommonOptions } from './command.ts'
import { addExecution, executionText, type ExecutionFlags } from './execution.ts'
import { changedMark, count, counted, interval95, loss, measured, percent } from './format.ts'
import { scales, split, type ScalesOption } from './options.ts'
import { runJob } from './runJob.ts'
import { table } from './table.ts'
import { formats, printTable, tableWriter, type TableFormat } from './tableResult.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions, ExecutionFlags {
  readonly split: Split
  readonly scales?: ScalesOption
  readonly views: string
  readonly flips?: boolean
  readonly checkpoint?: string
  readonly dataset?: string
  readonly protocol?: TableName
  readonly together?: boolean
  readonly format: TableFormat
  readonly out?: string
}

export function addEvaluate(program: Command): void {
  const command = addCommand(program, 'evaluate', {
    summary: 'measure a run on images it was not trained on',
    description:
      'Reports top-1 and top-5 error (or accuracy), confusion matrix, precision, recall and F1 of each class, together with the protocol: views (center crop; ten: AlexNet’s corners and center; grid: 5×5 crops; 144: GoogLeNet’s; dense: the FC layers as convolutions over the whole image; dense-offsets: with OverFeat’s pooling offsets; both: dense and grid averaged), scales, flips.',
    examples: [
      'evaluate r1',
      'evaluate last --split validation',
      'evaluate r1 --views dense --scales 256,384,512 --json',
      'evaluate r1 r2 --protocol table5 --out table5.html',
      'evaluate r1 r2 --views dense --scales multi --together',
    ],
  })
    .argument('<run...>', 'runs: ids, names, or last; several give a table')
    .optionsGroup('Tables and ensembles:')
    .addOption(
      new Option(
        '--protocol <table>',
        'the protocols of one of the paper’s tables, beside its own figures (table6: all runs together)',
      )
        .choices(tableNames)
        .conflicts(['views', 'scales']),
    )
    .option('--together', 'average the class probabilities of all runs (an ensemble)')
    .addOption(new Option('--format <format>', 'how to print a table').choices(formats).default('text'))
    .option(
      '--out <file>',
      'write the table as a page (.html), Markdown (.md), CSV or JSON, by the file’s extension',
    )
    .optionsGroup('Images and views:')
    .option('--split <split>', 'which images: train, validation or test', split, 'test')
    .option(
      '--scales <pixels>',
      'shorter sides, averaged: 256,384; single (the middle of the training scale, the default); multi (around it, as in the paper)',
      scales,
    )
    .addOption(
      new Option('--views <views>', 'which views of an image are used').choices(viewsNames).default('center'),
    )
    .option('--flips', 'average with the mirror image (default: for all views but center)')
    .option('--no-flips', 'do not average with the mirror image')
    .option('--checkpoint <kind>', 'best, last or epoch-5, as `show` lists them (default: best)')
    .option('--dataset <dataset>', 'another data set with the same classes')
  command.optionsGroup('Where to compute:')
  addExecution(command, 'trained').action((runs: readonly string[], options: Options) =>
    perform(options, async (session) => {
      const { terminal, open } = session
      const { split, views, flips, checkpoint, dataset, engine, device, precision, protocol, out, format } =
        options
      const common = { split, flips, checkpoint, dataset, engine, device, precision }
      const context = open()
      const [run, ...others] = runs
      const write = out === undefined ? undefined : tableWriter(out)
      const isTable = protocol !== undefined || others.length > 0 || out !== undefined || format !== 'text'
      if (!isTable) {
        const input = { ...common, run: run!, views, scales: options.scales }
        const result = await runJob(session, context, 'evaluate', input)
        for (const { path, reason } of result.failures)
          terminal.note(`Left out ${path}: ${lineOf(terminal.texts, reason)}`)
        return terminal.result(result, () => evaluationText(result, terminal))
      }
      const asked = protocol === undefined ? { views, scales: options.scales } : { table: protocol }
      const input: TableInput = { ...common, ...asked, runs, together: options.together }
      const result = await runJob(session, context, 'table', input)
      const { metric, columns } = terminal
      if (write) terminal.note(`Written to ${await write(result, metric)}.`)
      terminal.result(result, () => printTable(result, format, metric, columns))
    }),
  )
  addMetric(command)
}

/** Numbers first, the protocol under them, then the classes and the matrix. */
function evaluationText(result: EvaluateResult, terminal: Terminal): string {
  const { execution, top1Error, top1Interval, top5Error, protocolText, images, split, checkpoint, run } =
    result
  const { agreement } = result
  const { metric } = terminal
  const names = result.classes.map(({ name }) => name)
  return [
    `Top-1 ${metric} ${terminal.colors.bold(measured(top1Error, metric))} (${interval95(top1Interval, metric)}, n = ${count(images)}), top-5 ${metric} ${measured(top5Error, metric)}, loss ${loss(result.loss)}`,
    terminal.colors.dim(
      `${protocolText}; ${checkpoint} checkpoint of ${run}; ${counted(images, `${split} image`)}${changedMark(result.changedFiles)}${execution ? `; ${executionText(execution)}` : ''}`,
    ),
    ...(split === 'validation' && checkpoint === 'best'
      ? [terminal.colors.dim('The best epoch was chosen on these images: expect slightly worse on others.')]
      : []),
    ...(agreement ? [terminal.colors.dim(agreementText(agreement))] : []),
    '',
    classTable(result, terminal.columns),
    ...(names.length <= 30 ? ['', confusionBlocks(result.confusion, names, terminal)] : []),
  ].join('\n')
}

/** What another engine or precision changed. */
function agreementText({ reference, images, same, largestDifference }: Agreement): string {
  return `The same most probable class as by ${executionText(reference)} for ${count(same)} of ${counted(images, 'image')} (${percent(same / images)}); probabilities differ by ${largestDifference.toPrecision(2)} at most.`
}

function classTable({ classes, macro, images: all }: EvaluateResult, cells: number): string {
  const right = 'right' as const
  const columns = [
    { title: 'class', shrinks: true },
    { title: 'images', align: right },
    { title: 'precision', align: right },
    { title: 'recall', align: right },
    { title: 'F1', align: right },
  ]
  const rows = classes.map(({ name, images, precision, recall, f1 }) => [
    name,
    count(images),
    percent(precision),
    percent(recall),
    percent(f1),
  ])
  const mean = ['mean', count(all), percent(macro.precision), percent(macro.recall), percent(macro.f1)]
  return table(columns, [...rows, mean], cells)
}
