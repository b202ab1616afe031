import type { Command } from 'commander'
import { importDefaults } from '../jobs/defaults.ts'
import type { ImportResult } from '../jobs/import.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { count, counted } from './format.ts'
import { fraction, whole } from './options.ts'
import { runJob } from './runJob.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions {
  readonly name?: string
  readonly validation: number
  readonly test: number
  readonly seed: number
  readonly limit?: number
}

export function addImport(program: Command): void {
  addCommand(program, 'import', {
    summary: 'look through a labelled folder of images and file it as a data set',
    description:
      'The folder has a subfolder for each class, or train, val and test folders with one. What it brings no split for is split here, the same way each time for the same seed. Files that can’t be used are listed with the reason. Nothing is ever written into the folder. Importing it again makes a new version; runs keep theirs.',
    examples: [
      'import ~/pictures/flowers',
      'import ~/pictures/flowers --name flowers --validation 0.2 --test 0.1 --seed 7',
      'import resources/sample/fashion-mnist --json',
    ],
  })
    .argument('<source>', 'the folder, or a CSV file: path,label or path,label,split')
    .option('--name <name>', 'what to call the data set (default: the folder’s name)')
    .option(
      '--validation <fraction>',
      'share of each class for validation',
      fraction,
      importDefaults.validation,
    )
    .option('--test <fraction>', 'share of each class for testing', fraction, importDefaults.test)
    .option('--seed <number>', 'which random split', whole(0), importDefaults.seed)
    .option('--limit <images>', 'take about that many only, the same share of each class', whole(2))
    .action((source: string, options: Options) =>
      perform(options, async (session) => {
        const { terminal, open } = session
        const { name, validation, test, seed, limit } = options
        const result = await runJob(session, open(), 'import', {
          source,
          name,
          validation,
          test,
          seed,
          ...(limit === undefined ? {} : { limit }),
        })
        terminal.result(result, () => textOf(result, terminal))
      }),
    )
}

const shownProblems = 20

function textOf(result: ImportResult, { colors }: Terminal): string {
  const { dataset, name, version, root, classes, images, problems } = result
  const total = images.train + images.validation + images.test
  const head = `Data set ${colors.bold(dataset)} “${name}”${version === 1 ? '' : `, version ${version}`}: ${counted(total, 'image')}, ${counted(classes.length, 'class', 'classes')}`
  const counts = `  ${count(images.train)} for training, ${count(images.validation)} for validation, ${count(images.test)} for testing`
  return [
    head,
    counts,
    `  from ${root}`,
    `  classes: ${classes.join(', ')}`,
    ...problemLines(problems),
    '',
    `Next: vgg-studio train ${dataset} --config A`,
  ].join('\n')
}

function problemLines(problems: ImportResult['problems']): readonly string[] {
  if (problems.length === 0) return []
  const rows = problems.slice(0, shownProblems).map(({ path, reason }) => [`  ${path}`, reason])
  const more = problems.length - rows.length
  return [
    '',
    `${counted(problems.length, 'file')} left out:`,
    table([{ title: '' }, { title: '' }], rows),
    ...(more > 0 ? [`  and ${counted(more, 'other')} (--json lists them all)`] : []),
  ]
}
