import type { Command } from 'commander'
import { completeRebuilt, recoverRuns, type RecoverResult } from '../jobs/recording/recover.ts'
import { resolveHome } from '../jobs/context/home.ts'
import { planKinds } from '../jobs/plan/planned.ts'
import { listPlans, type PlanSummary } from '../queries/plans.ts'
import { listRuns, type RunSummary } from '../queries/runs.ts'
import type { RebuiltRegistry } from '../registry/rebuild.ts'
import type { Catalog } from '../messages/catalog.ts'
import { lineOf } from '../messages/text.ts'
import { addCommand, addMetric, perform, type CommonOptions } from './command.ts'
import { count, counted, measured, time } from './format.ts'
import { fittingColumns, leastCells, shortened, table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions {
  readonly recover?: true
  readonly plans?: true
}

export function addRuns(program: Command): void {
  const command = addCommand(program, 'runs', {
    summary: 'list the runs',
    description:
      'Lists all runs, the oldest first, with the error (or accuracy) of their best epoch and its number of validation images. That epoch was chosen on these images, so that the error is optimistic.',
    examples: ['runs', 'runs --plans', 'runs --json', 'runs --recover'],
  })
  addMetric(command)
    .option('--recover', 'restore runs whose files are in the home folder but whose registry was lost')
    .option('--plans', 'list the plans instead: stages and sweeps, several runs as one')
    .action((options: Options) =>
      perform(options, async ({ terminal, open }) => {
        if (options.recover) {
          const rebuilt = await rebuildDamaged(options)
          const context = open()
          const recovery = await (rebuilt ? completeRebuilt(context) : recoverRuns(context))
          terminal.result({ ...recovery, ...(rebuilt && { rebuilt }) }, () =>
            [...(rebuilt ? [rebuiltText(rebuilt)] : []), recoveryText(recovery, terminal.texts)].join('\n'),
          )
          return recovery.failed.length > 0 ? 1 : 0
        }
        if (options.plans) {
          const plans = listPlans(open({ reading: true }))
          terminal.result({ plans }, () =>
            plans.length === 0
              ? 'There are no plans yet. Make one with: vgg-studio train FOLDER --config D --staged'
              : plansTable(plans, terminal),
          )
          return 0
        }
        const { runs, lost } = listRuns(open({ reading: true }))
        if (lost.length > 0) terminal.note(lostText(lost))
        terminal.result(lost.length > 0 ? { runs, lost } : { runs }, () =>
          runs.length === 0
            ? 'There are no runs yet. Start one with: vgg-studio train FOLDER --config A'
            : runsTable(runs, terminal),
        )
        return 0
      }),
    )
}

/** @throws StudioError `server-running` where an application has the damaged registry open */
async function rebuildDamaged(options: CommonOptions): Promise<RebuiltRegistry | null> {
  const home = resolveHome(options.home)
  const { isDamaged, rebuildRegistry } = await import('../registry/rebuild.ts')
  if (!isDamaged(home.registry)) return null
  const { findLiveServer, serverRunning } = await import('../server/discovery.ts')
  const live = await findLiveServer(home)
  if (live) throw serverRunning(home, live)
  return rebuildRegistry(home.registry)
}

function rebuiltText({ kept, rows }: RebuiltRegistry): string {
  return `The registry was damaged. It is kept as ${kept}; ${counted(rows, 'row')} could still be read and are in a new one. Import data sets that \`datasets\` does not list again.`
}

function lostText(lost: readonly string[]): string {
  const [verb, them] = lost.length === 1 ? ['is', 'it'] : ['are', 'them']
  return `${lost.join(', ')} ${verb} in the home folder, but not in the registry. Restore ${them} with: vgg-studio runs --recover`
}

/** `r1: learningRate 0.1`: of a run that repeats another one. */
function changedText({ like }: RunSummary): string {
  if (like === null) return ''
  const [first, second, ...others] = like.changed.map(
    ({ setting, to }) => `${setting.slice(setting.lastIndexOf('.') + 1)} ${to ?? 'none'}`,
  )
  if (first === undefined) return `${like.run}: the same`
  const more = others.length > 0 ? [`${others.length} more`] : []
  return `${like.run}: ${[first, ...(second === undefined ? [] : [second]), ...more].join(', ')}`
}

function recoveryText({ recovered, failed }: RecoverResult, texts: Catalog): string {
  if (recovered.length + failed.length === 0) return 'There are no lost runs.'
  return [
    ...recovered.map(
      ({ run, name, epochs }) => `Restored run ${run} as “${name}”, ${counted(epochs, 'epoch')} done.`,
    ),
    ...failed.map(({ folder, reason }) => `${folder} could not be restored: ${lineOf(texts, reason)}`),
  ].join('\n')
}

function plansTable(plans: readonly PlanSummary[], { metric, columns: cells }: Terminal): string {
  const right = 'right' as const
  const columns = [
    { title: 'plan' },
    { title: 'name', shrinks: true },
    { title: 'kind' },
    { title: 'data set', shrinks: true },
    { title: 'status' },
    { title: 'runs', align: right },
    { title: 'best' },
    { title: `top-1 ${metric}`, align: right },
    { title: 'created' },
  ]
  const rows = plans.map(({ plan, name, kind, dataset, status, ended, trainings, best, created }) => [
    ...[plan, name, planKinds[kind], dataset?.name ?? '(deleted)', status, `${ended}/${trainings}`],
    ...[best?.run ?? '', best?.best ? measured(best.best.top1Error, metric) : '', time(created)],
  ])
  return table(columns, rows, cells)
}

function runsTable(runs: readonly RunSummary[], { metric, columns: cells }: Terminal): string {
  const right = 'right' as const
  const isRepeated = runs.some(({ like }) => like !== null)
  const columns = [
    { title: 'run' },
    { title: 'name', shrinks: true },
    ...(isRepeated ? [{ title: 'changed', shrinks: true }] : []),
    { title: 'data set', shrinks: true },
    { title: 'config' },
    { title: 'status' },
    { title: 'epochs', align: right },
    { title: `top-1 ${metric}`, align: right },
    { title: `top-5 ${metric}`, align: right },
    { title: 'n', align: right },
    { title: 'created' },
  ]
  const rows = runs.map((run) => [
    run.run,
    run.name,
    ...(isRepeated ? [changedText(run)] : []),
    run.datasetName ?? '(deleted)',
    run.config ?? '',
    run.status,
    `${run.epochs}/${run.plannedEpochs ?? '?'}`,
    run.best ? measured(run.best.top1Error, metric) : '',
    run.best ? measured(run.best.top5Error, metric) : '',
    run.best?.images === undefined ? '' : count(run.best.images),
    time(run.created),
  ])
  const note =
    'Of the validation images (n), on which the best epoch was chosen: expect slightly worse on others.'
  // Names give way first, then the time.
  const short = rows.map((row) => row.map((text) => shortened(text, leastCells)))
  const titles = columns.map(({ title }) => title)
  const shown = fittingColumns(titles, short, cells)
  const text = table(
    columns.slice(0, shown),
    rows.map((row) => row.slice(0, shown)),
    cells,
  )
  return runs.some(({ best }) => best !== null) ? `${text}\n${note}` : text
}
