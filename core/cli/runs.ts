import type { Command } from 'commander'
import { recoverRuns, type RecoverResult } from '../jobs/recover.ts'
import { listRuns, type RunSummary } from '../queries/runs.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { counted, percent, time } from './format.ts'
import { table } from './table.ts'

export function addRuns(program: Command): void {
  addCommand(program, 'runs', {
    summary: 'list the runs',
    description: 'Lists all runs, the oldest first, with their best validation error.',
    examples: ['runs', 'runs --json', 'runs --recover'],
  })
    .option('--recover', 'restore runs whose files are in the home folder but whose registry was lost')
    .action((options: CommonOptions & { readonly recover?: true }) =>
      perform(options, async ({ terminal, open }) => {
        if (options.recover) {
          const recovery = await recoverRuns(open())
          terminal.result(recovery, () => recoveryText(recovery))
          return recovery.failed.length > 0 ? 1 : 0
        }
        const { runs, lost } = listRuns(open({ reading: true }))
        if (lost.length > 0) terminal.note(lostText(lost))
        terminal.result(lost.length > 0 ? { runs, lost } : { runs }, () =>
          runs.length === 0
            ? 'There are no runs yet. Start one with: vgg-studio train FOLDER --config A'
            : runsTable(runs),
        )
        return 0
      }),
    )
}

function lostText(lost: readonly string[]): string {
  const [verb, them] = lost.length === 1 ? ['is', 'it'] : ['are', 'them']
  return `${lost.join(', ')} ${verb} in the home folder, but not in the registry. Take ${them} in with: vgg-studio runs --recover`
}

function recoveryText({ recovered, failed }: RecoverResult): string {
  if (recovered.length + failed.length === 0) return 'There are no lost runs.'
  return [
    ...recovered.map(
      ({ run, name, epochs }) => `Took in run ${run} as “${name}”, ${counted(epochs, 'epoch')} done.`,
    ),
    ...failed.map(({ folder, reason }) => `${folder} could not be taken in: ${reason}`),
  ].join('\n')
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
