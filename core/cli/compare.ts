import type { Command } from 'commander'
import { differencesOrReason, evaluationDifferences } from '../jobs/statistics/differences.ts'
import { groupErrors } from '../jobs/statistics/seedGroups.ts'
import { compareRuns, type ComparedEvaluation, type Comparison } from '../queries/compare.ts'
import { sparkline } from './chart.ts'
import { reportOfFact, type ErrorFact } from '../base/errors.ts'
import type { Catalog } from '../messages/catalog.ts'
import { addCommand, addMetric, perform, type CommonOptions } from './command.ts'
import { differencesText, groupsText } from './compareStatistics.ts'
import { count, loss, measured, percent, setting } from './format.ts'
import { names } from './options.ts'
import { table, type Column } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions {
  readonly evaluations?: readonly string[]
}

export function addCompare(program: Command): void {
  const command = addCommand(program, 'compare', {
    summary: 'compare runs: settings and results',
    description:
      'Shows the settings that differ and the curves. Where all runs were evaluated on the same images, by the same protocol or else by the closest ones (with what differs), it shows the change of each class; by the same protocol also what the difference between the first and each other run means: exact McNemar, a paired bootstrap interval, Holm’s adjustment for several. Runs that differ by their seed alone count as one setting: mean ± SD.',
    examples: ['compare r1 r2', 'compare r1 r2 --evaluations e1,e4', 'compare baseline wider --json'],
  })
  addMetric(command)
    .argument('<run>', 'a run: its id, its name, or last')
    .argument('<others...>', 'the runs to compare it with')
    .option(
      '--evaluations <ids>',
      'which to compare, one of each run: e1,e4 (default: those by the same protocol, else the closest)',
      names,
    )
    .action((run: string, others: readonly string[], options: Options) =>
      perform(options, async ({ terminal, open }) => {
        const context = open({ reading: true })
        const comparison = compareRuns(context, { runs: [run, ...others], evaluations: options.evaluations })
        const [compared] = comparison.evaluations
        const evaluations = compared?.evaluations ?? []
        const asked = compared ? evaluationDifferences(context, { evaluations }) : Promise.resolve([])
        const { differences, notCompared } = await differencesOrReason(asked)
        const settings = groupErrors(context.registry, evaluations)
        terminal.result({ ...comparison, differences, notCompared, seeds: settings }, () =>
          [
            textOf(comparison, terminal),
            ...(differences.length > 0 ? [differencesText(differences, terminal.texts)] : []),
            ...(notCompared ? [notComparedText(notCompared, terminal.texts)] : []),
            ...(settings ? [groupsText(settings, terminal.metric)] : []),
          ].join('\n\n'),
        )
      }),
    )
}

function notComparedText(fact: ErrorFact, texts: Catalog): string {
  const { message, hint } = reportOfFact(fact, texts)
  return `${message}\n${hint}`
}

function textOf(comparison: Comparison, terminal: Terminal): string {
  const { runs, settings } = comparison
  const { columns: cells, metric } = terminal
  const columns = [
    { title: '', shrinks: true },
    ...runs.map(({ run, name }) => ({ title: `${run} ${name}` })),
  ]
  const row = (title: string, of: (run: Comparison['runs'][number]) => string): string[] => [
    title,
    ...runs.map(of),
  ]
  const outcome = [
    row('status', ({ status }) => status),
    row('epochs', ({ epochs }) => String(epochs.length)),
    row('training loss', ({ epochs }) => curve(epochs.map(({ trainingLoss }) => trainingLoss))),
    row('validation loss', ({ epochs }) => curve(epochs.flatMap(({ validation }) => validation?.loss ?? []))),
    row('best epoch', ({ best }) => (best ? String(best.epoch) : '')),
    row(`best validation top-1 ${metric}`, ({ best }) => (best ? measured(best.top1Error, metric) : '')),
    row(`its top-5 ${metric}`, ({ best }) => (best ? measured(best.top5Error, metric) : '')),
    row('validation images', ({ best }) => (best?.images === undefined ? '' : count(best.images))),
  ]
  const differing = settings.map((entry) => [entry.setting, ...entry.values.map(setting)])
  const chosen = runs.some(({ best }) => best !== null)
    ? '\nThe best epoch was chosen on its validation images: expect slightly worse on others.'
    : ''
  return [
    `${table(columns, outcome, cells)}${chosen}`,
    differing.length === 0
      ? 'The runs have the same settings.'
      : `Settings that differ\n${table(columns, differing, cells)}`,
    ...comparison.evaluations.map((evaluation) => evaluationText(evaluation, columns, terminal)),
  ].join('\n\n')
}

function curve(values: readonly number[]): string {
  return values.length === 0 ? '' : `${sparkline(values.slice(-30))} ${loss(values.at(-1)!)}`
}

function evaluationText(
  evaluation: ComparedEvaluation,
  columns: readonly Column[],
  { columns: cells, colors, metric }: Terminal,
): string {
  const rows = [
    ...evaluation.differences.map(({ aspect, values }) => [aspect, ...values]),
    ['images', ...evaluation.images.map(count)],
    [`top-1 ${metric}`, ...evaluation.top1Error.map((error) => measured(error, metric))],
    [`top-5 ${metric}`, ...evaluation.top5Error.map((error) => measured(error, metric))],
    ...evaluation.classes.map(({ name, images, recall }) => [
      `recall of ${name} (n = ${[...new Set(images)].map(count).join(', ')})`,
      ...recall.map((value) => percent(value)),
    ]),
  ]
  const title = `Evaluation on the ${evaluation.split} images (${evaluation.protocolText})`
  const unlike = evaluation.differences.map(({ aspect }) => aspect).join(', ')
  const note =
    unlike === '' ? [] : [colors.yellow(`Not measured the same way: ${unlike}. These are the closest.`)]
  return [title, ...note, table(columns, rows, cells)].join('\n')
}
