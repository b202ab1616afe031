import type { Command } from 'commander'
import { listRuns, type RunSummary } from '../queries/runs.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { percent, time } from './format.ts'
import { table } from './table.ts'

export function addRuns(program: Command): void {
  addCommand(program, 'runs', {
    summary: 'list the runs',
    description: 'All runs, the oldest first, with their best validation error.',
    examples: ['runs', 'runs --json'],
  }).action((options: CommonOptions) =>
    perform(options, ({ terminal, open }) => {
      const result = listRuns(open())
      terminal.result(result, () =>
        result.runs.length === 0
          ? 'There are no runs yet. Start one with: vgg-studio train FOLDER --config A'
          : runsTable(result.runs),
      )
    }),
  )
}

function runsTable(runs: readonly RunSummary[]): string {
  const right = 'right' as const
  const columns = [
    { title: 'run' },
    { title: 'name' },
    { title: 'data set' },
    { title: 'config' },
    { title: 'status' },
    { title: 'epochs', align: right },
    { title: 'top-1 error', align: right },
    { title: 'top-5 error', align: right },
    { title: 'created' },
  ]
  const rows = runs.map((run) => [
    run.run,
    run.name,
    run.datasetName ?? '(deleted)',
    run.config ?? '',
    run.status,
    `${run.epochs}/${run.plannedEpochs ?? '?'}`,
    run.best ? percent(run.best.top1Error) : '',
    run.best ? percent(run.best.top5Error) : '',
    time(run.created),
  ])
  return table(columns, rows)
}
