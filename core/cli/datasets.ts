import type { Command } from 'commander'
import { splits, type Split } from '../dataset/types.ts'
import { listDatasets, type DatasetSummary } from '../queries/datasets.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { count, counted, time } from './format.ts'
import { table } from './table.ts'

export function addDatasets(program: Command): void {
  addCommand(program, 'datasets', {
    summary: 'list the data sets',
    description:
      'Lists all versions of all data sets, the oldest first, with the runs that were started with them.',
    examples: ['datasets', 'datasets --json'],
  }).action((options: CommonOptions) =>
    perform(options, async ({ terminal, open }) => {
      const result = await listDatasets(open({ reading: true }))
      terminal.result(result, () =>
        result.datasets.length === 0
          ? 'There are no data sets yet. Import one with: vgg-studio import FOLDER'
          : datasetsTable(result.datasets, terminal.columns),
      )
    }),
  )
}

const titles: Readonly<Record<Split, string>> = { train: 'train', validation: 'val', test: 'test' }

/** @param cells of a line */
export function datasetsTable(datasets: readonly DatasetSummary[], cells: number): string {
  const right = 'right' as const
  const columns = [
    { title: 'id' },
    { title: 'data set', shrinks: true },
    { title: 'classes', align: right },
    ...splits.map((split) => ({ title: titles[split], align: right })),
    { title: 'folder', shrinks: true },
    { title: 'created' },
    { title: 'runs' },
  ]
  const rows = datasets.map((one) => [
    one.dataset,
    `${one.name}@${one.version}`,
    count(one.classes.length),
    ...splits.map((split) => count(one.images[split])),
    folderOf(one),
    time(one.created),
    runsOf(one),
  ])
  return table(columns, rows, cells)
}

function folderOf({ root, source, available }: DatasetSummary): string {
  return `${source.kind === 'csv' ? source.path : root}${available ? '' : ' (not there)'}`
}

const shownRuns = 3

function runsOf({ runs }: DatasetSummary): string {
  const more = runs.length - shownRuns
  return [...runs.slice(0, shownRuns), ...(more > 0 ? [`and ${counted(more, 'other')}`] : [])].join(' ')
}
