import { resolve } from 'node:path'
import type { Command } from 'commander'
import { writeAtomic } from '../base/files.ts'
import type { JobContext } from '../jobs/context/context.ts'
import type { Metric } from '../evaluation/metric.ts'
import { showPlan } from '../queries/plans.ts'
import { showRun, type RunDetails } from '../queries/show.ts'
import type { Changed, Execution } from '../registry/types.ts'
import type { EpochRecord, Validation } from '../training/events.ts'
import type { ChangedSetting } from '../training/changedSettings.ts'
import { bestEpoch } from '../training/best.ts'
import { placeText } from '../messages/en/computing.ts'
import { lineOf } from '../messages/text.ts'
import { sparkline } from './chart.ts'
import { addCommand, addMetric, perform, type CommonOptions } from './command.ts'
import {
  bytes,
  changedMark,
  count,
  counted,
  decimal,
  interval95,
  loss,
  measured,
  ofImages,
  rate,
  setting,
  time,
} from './format.ts'
import { isPlan } from './options.ts'
import { planText, rangeText } from './plan.ts'
import { fittingColumns, table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions {
  readonly filters?: string
  readonly checkpoint?: string
}

export function addShow(program: Command): void {
  const command = addCommand(program, 'show', {
    summary: 'show a run: recipe, epochs, checkpoints, evaluations, exports',
    description: 'Shows everything that the registry holds about a run.',
    examples: ['show r1', 'show p1', 'show last --json', 'show r1 --filters filters.png'],
  })
  addMetric(command)
    .argument('<run>', 'a run: its id, its name, or last; or a plan: its id')
    .option(
      '--filters <file>',
      'write a picture of the first convolution’s filters (PNG), each over its own range',
    )
    .option('--checkpoint <kind>', 'whose filters: best, last, epoch-5 (default: best)')
    .action((run: string, options: Options) =>
      perform(options, async ({ terminal, open }) => {
        const context = open({ reading: true })
        if (options.filters !== undefined)
          return writeFilters(context, run, options.filters, options, terminal)
        if (isPlan(run)) {
          const plan = showPlan(context, run)
          return terminal.result(plan, () => planText(plan, terminal))
        }
        const details = showRun(context, { run })
        terminal.result(details, () => textOf(details, terminal))
      }),
    )
}

async function writeFilters(
  context: JobContext,
  run: string,
  out: string,
  { checkpoint }: Options,
  terminal: Terminal,
): Promise<void> {
  const { firstFilters, squareColumns } = await import('../jobs/tasks/filters.ts')
  const { tileSheet } = await import('../image/tiles.ts')
  const { encodePng } = await import('../image/encode.ts')
  const { tiles, ranges, ...filters } = await firstFilters(context, { run, checkpoint })
  const columns = squareColumns(tiles.count)
  const path = resolve(out)
  await writeAtomic(path, await encodePng(tileSheet(tiles, { ranges, columns, gap: 1, zoom: 8 })))
  const { width, height, count: filterCount } = tiles
  terminal.result(
    { ...filters, path, filters: filterCount, width, height, ranges },
    () =>
      `${path}: ${counted(filterCount, 'filter')} of ${width}×${height} (${filters.label}, ${filters.checkpoint} checkpoint)`,
  )
}

function textOf(details: RunDetails, terminal: Terminal): string {
  const sections = [
    heading(details, terminal),
    recipeText(details),
    epochsText(details, terminal),
    resultsText(details, terminal.metric),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

function heading(details: RunDetails, { colors, texts }: Terminal): string {
  const {
    run,
    name,
    status,
    dataset,
    lineage,
    plan,
    like,
    execution,
    firstMicroBatch,
    created,
    error,
    notes,
    tags,
  } = details
  const where = execution && whereText(execution, firstMicroBatch)
  return [
    `Run ${colors.bold(run)} “${name}”: ${status}`,
    error ? `  ${lineOf(texts, error)}` : '',
    `  ${dataset ? `data set ${dataset.dataset} “${dataset.name}” version ${dataset.version}` : 'data set deleted'}`,
    lineage.length > 1 ? `  lineage: ${lineage.map(ancestorText).join(' → ')}` : '',
    plan ? `  stage ${plan.step + 1} of plan ${plan.plan}` : '',
    like ? `  like run ${like.run} “${like.name}”${changesText(like.changed)}` : '',
    `  created ${time(created)}${where ? `, ${where}` : ''}`,
    execution?.explanation ? `  ${lineOf(texts, execution.explanation)}` : '',
    tags.length > 0 ? `  tags: ${tags.join(', ')}` : '',
    notes ? `  ${notes}` : '',
  ]
    .filter((line) => line !== '')
    .join('\n')
}

/** `r1 A S 256` */
const ancestorText = ({ run, config, scale }: RunDetails['lineage'][number]): string =>
  [run, config, ...(scale === null ? [] : [`S ${rangeText(scale)}`])]
    .filter((part) => part !== null)
    .join(' ')

function changesText(changed: readonly ChangedSetting[]): string {
  if (changed.length === 0) return ', unchanged'
  const parts = changed.map(
    ({ setting: name, from, to }) => `${name} ${to ?? 'none'} (was ${from ?? 'none'})`,
  )
  return `, but with ${parts.join(', ')}`
}

function whereText(
  { engine, device, precision, threads, microBatch }: Execution,
  first: number | null,
): string {
  const parts = [placeText({ engine, device }), precision, counted(threads, 'thread')]
  const before = first === null ? '' : ` (${first} until memory ran out)`
  return [...parts, ...(microBatch === undefined ? [] : [`micro-batch ${microBatch}${before}`])].join(', ')
}

function recipeText({ recipe }: RunDetails): string {
  const groups = Object.entries(recipe as Record<string, unknown>).map(([group, settings]) =>
    typeof settings === 'object' && settings !== null
      ? `  ${group}: ${Object.entries(settings)
          .map(([key, value]) => `${key} ${setting(value)}`)
          .join(', ')}`
      : `  ${group}: ${setting(settings)}`,
  )
  return ['Recipe', ...groups].join('\n')
}

function epochsText({ epochs }: RunDetails, { metric, columns: cells }: Terminal): string {
  if (epochs.length === 0) return 'No epoch is complete yet.'
  const right = 'right' as const
  const columns = [
    'epoch',
    'training loss',
    `training ${metric}`,
    'n',
    'validation loss',
    `top-1 ${metric}`,
    `top-5 ${metric}`,
    'n',
    'rate',
    'images/s',
    'data wait s',
  ]
  const rows = epochs.map((record) => [
    String(record.epoch),
    loss(record.trainingLoss),
    measured(record.trainingError, metric),
    record.images === undefined ? '' : count(record.images),
    ...validationCells(record.validation, metric),
    rate(record.learningRate),
    count(record.imagesPerSecond),
    decimal(record.dataWait),
  ])
  const shown = fittingColumns(columns, rows, cells)
  const curve = `Training loss ${sparkline(epochs.map(({ trainingLoss }) => trainingLoss))}`
  return [
    table(
      columns.slice(0, shown).map((title) => ({ title, align: right })),
      rows.map((row) => row.slice(0, shown)),
    ),
    ...(epochs.length > 1 ? [curve] : []),
    ...bestText(epochs, metric),
  ].join('\n')
}

function bestText(epochs: readonly EpochRecord[], metric: Metric): readonly string[] {
  const best = bestEpoch(epochs)
  return best === null
    ? []
    : [
        `Best epoch ${best.epoch}: validation top-1 ${metric} ${measured(best.top1Error, metric)}${ofImages(best.images)}; it was chosen on these images, so expect slightly worse on others.`,
      ]
}

function validationCells(validation: Validation | null, metric: Metric): readonly string[] {
  if (validation === null) return ['', '', '', '']
  const { top1Error, top5Error, images } = validation
  return [
    loss(validation.loss),
    measured(top1Error, metric),
    measured(top5Error, metric),
    images === undefined ? '' : count(images),
  ]
}

function resultsText({ checkpoints, evaluations, exports: written }: RunDetails, metric: Metric): string {
  return [
    ...checkpoints.map(
      ({ kind, path, epoch, bytes: size }) =>
        `Checkpoint ${kind}: after ${counted(epoch, 'epoch')}, ${bytes(size)}, ${path}`,
    ),
    ...evaluations.map(
      ({ evaluation, split, top1Error, top1Interval, top5Error, protocolText, images, changedFiles }) =>
        `Evaluation ${evaluation}: top-1 ${metric} ${measured(top1Error, metric)} (${interval95(top1Interval, metric)}), top-5 ${metric} ${measured(top5Error, metric)} (n = ${counted(images, `${split} image`)}; ${protocolText})${changedMark(changedFiles)}`,
    ),
    ...written.map(
      ({ export: id, format, path, parity, certificate }) =>
        `Export ${id}: ${format}, ${path}${changedMark((certificate ?? (parity as Changed | null))?.changedFiles)}`,
    ),
  ].join('\n')
}
