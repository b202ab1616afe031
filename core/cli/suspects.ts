import type { Command } from 'commander'
import { csvText } from '../base/csv.ts'
import { suspectLines, suspectsOf, type Suspects } from '../jobs/statistics/suspects.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { count, counted, loss } from './format.ts'
import { whole } from './options.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions {
  readonly limit: number
  readonly csv?: boolean
}

export function addSuspects(program: Command): void {
  addCommand(program, 'suspects', {
    summary: 'list images whose labels are probably wrong, with a suggested class',
    description:
      'Of a run: training images for which the network was, on average over training, more confident in another class than in their label (area under the margin). Of an evaluation (e1): those that confident learning finds, by cleanlab’s rule. The most suspicious ones come first. Correct them with import --relabel.',
    examples: ['suspects r1', 'suspects e3 --csv > suspects.csv', 'import photos --relabel cat/7.jpg=dog'],
  })
    .argument('<run>', 'a run: id, name, or last; or an evaluation: its id')
    .option('--limit <number>', 'how many to list', whole(1), 50)
    .option('--csv', 'print all as comma-separated values')
    .action((reference: string, options: Options) =>
      perform(options, async ({ terminal, open }) => {
        const { limit, csv = false } = options
        const most = csv || terminal.json ? Infinity : limit
        const result = await suspectsOf(open({ reading: true }), { of: reference, most })
        terminal.result(result, () => (csv ? csvText(suspectLines(result)) : textOf(result, terminal)))
      }),
    )
}

function textOf(result: Suspects, { columns: cells, colors }: Terminal): string {
  const { by, run, evaluation, images, times, total, suspects, classes } = result
  const judged =
    by === 'training'
      ? `${counted(images, 'training image')} of run ${run}, each seen ${count(Math.round(times!))} times on average`
      : `${counted(images, 'image')} of evaluation ${evaluation} of run ${run}, by confident learning`
  const title = `${counted(total, 'label')} of ${judged}: probably wrong`
  if (total === 0) return title
  const right = 'right' as const
  const columns = [
    { title: 'image', shrinks: true },
    { title: 'label' },
    { title: 'suggested' },
    { title: 'margin', align: right },
    { title: 'loss', align: right },
  ]
  const rows = suspects.map((one) => [
    one.path,
    classes[one.label]!,
    classes[one.suggested]!,
    one.margin.toFixed(3),
    loss(one.loss),
  ])
  const rest = total - suspects.length
  return [
    colors.bold(title),
    table(columns, rows, cells),
    ...(rest > 0 ? [colors.dim(`and ${count(rest)} more: --limit, or --csv for all`)] : []),
    colors.dim('Correct some, as the next version: vgg-studio import FOLDER --relabel FILE=CLASS'),
  ].join('\n')
}
