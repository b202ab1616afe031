import { readFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import type { Split } from '../dataset/types.ts'
import { intervalIn, type Metric } from '../evaluation/metric.ts'
import type { Interval } from '../evaluation/types.ts'
import {
  sliceKinds,
  sliceProperties,
  sliceTitle,
  type SliceDefinition,
  type SliceKind,
  type SliceProperty,
} from '../evaluation/statistics/slices.ts'
import { deleteSlice, saveSlice } from '../jobs/statistics/savedSlices.ts'
import { evaluationSlices, type SlicesResult } from '../jobs/statistics/slices.ts'
import { lineOf } from '../messages/text.ts'
import { addCommand, addMetric, perform, type CommonOptions } from './command.ts'
import { count, measured, percent } from './format.ts'
import { split } from './options.ts'
import { evaluationOf } from './stats.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions {
  readonly by: SliceKind
  readonly split: Split
}

interface SaveOptions extends CommonOptions {
  readonly class?: string
  readonly by?: SliceProperty
  readonly from?: number
  readonly to?: number
  readonly images?: string
}

export function addSlices(program: Command): void {
  const command = addCommand(program, 'slices', {
    summary: 'compare runs on subsets of the images: small ones, dark ones, saved ones',
    description:
      'Shows the errors of one or several evaluations on slices of their images, each with its number of images and 95% interval; with several, also how each differs from the first, adjusted for the number of slices (Holm).',
    examples: ['slices r1 --by size', 'slices r1 r2 --by saved --json', 'slices e3 --by sharpness'],
  })
  addMetric(command)
    .argument('<runs...>', 'runs, or evaluations: ids')
    .addOption(new Option('--by <property>', 'property to slice by').choices(sliceKinds).default('class'))
    .option('--split <split>', 'which images: train, validation or test', split, 'test')
    .action((references: readonly string[], options: Options) =>
      perform(options, async ({ terminal, open }) => {
        const context = open({ reading: true })
        const evaluations = references.map((one) => evaluationOf(context, one, options.split))
        const result = await evaluationSlices(context, { evaluations, by: options.by })
        terminal.result(result, () => textOf(result, terminal))
      }),
    )
  addCommand(program, 'slice', {
    summary: 'save a slice of a data set’s images under a name, or delete it',
    description: 'A class, a range of a property, or a list of image paths (a text file, one a line).',
    examples: [
      'slice d1 small --by size --to 64',
      'slice d1 apples --class apple',
      'slice d1 night --images night.txt',
      'slice d1 night',
    ],
  })
    .argument('<dataset>', 'a data set: its id or name')
    .argument('<name>', 'name of the slice; without further options it is deleted')
    .option('--class <name>', 'the images of a class')
    .addOption(new Option('--by <property>', 'a property, with --from and --to').choices(sliceProperties))
    .option('--from <value>', 'at least', Number)
    .option('--to <value>', 'below', Number)
    .option('--images <file>', 'paths of images, as in the data set, one a line')
    .action((dataset: string, name: string, options: SaveOptions) =>
      perform(options, ({ terminal, open }) => {
        const definition = definitionOf(options)
        if (definition === null) {
          deleteSlice(open(), { dataset, name })
          return terminal.result({ deleted: name }, () => `Deleted the slice “${name}”.`)
        }
        const saved = saveSlice(open(), { dataset, name, definition })
        terminal.result(saved, () => `Saved the slice “${saved.name}”.`)
      }),
    )
}

function definitionOf(options: SaveOptions): SliceDefinition | null {
  if (options.class !== undefined) return { by: 'class', class: options.class }
  if (options.by !== undefined) return { by: options.by, low: options.from ?? null, high: options.to ?? null }
  if (options.images === undefined) return null
  const lines = readFileSync(options.images, 'utf8').split(/\r?\n/)
  return { by: 'selection', paths: lines.map((line) => line.trim()).filter((line) => line !== '') }
}

function textOf(result: SlicesResult, { columns: cells, metric, texts }: Terminal): string {
  const right = 'right' as const
  const { evaluations, slices, images, unknown, split } = result
  if (slices.length === 0) return 'There are no saved slices: vgg-studio slice DATASET NAME saves one.'
  const columns = [
    { title: result.by, shrinks: true },
    { title: 'images', align: right },
    ...evaluations.map(({ run, evaluation }) => ({
      title: `${run} ${evaluation} ${metric} (95%)`,
      align: right,
    })),
    ...(result.notCompared ? [] : evaluations.slice(1)).map(({ run }) => ({
      title: `${run} against the first`,
      align: right,
    })),
  ]
  const rows = slices.map((slice) => [
    sliceTitle(slice),
    count(slice.results[0]!.images),
    ...slice.results.map(({ error, interval }) =>
      error === null ? 'n/a' : `${measured(error, metric)} (${rangeText(interval!, metric)})`,
    ),
    ...slice.differences.map((one) =>
      one === null
        ? ''
        : `${(100 * one.difference).toFixed(1)} points${one.better === null ? '' : one.better === 'second' ? ', better' : ', worse'}`,
    ),
  ])
  const adjusted =
    evaluations.length < 2
      ? ''
      : result.notCompared
        ? ` ${lineOf(texts, result.notCompared)}`
        : ` Points are of ${metric} (less error, more accuracy: better), adjusted for ${slices.length} slices (Holm).`
  const left = unknown > 0 ? `; unknown for ${count(unknown)}` : ''
  return `${table(columns, rows, cells)}\nn = ${count(images)} ${split} images${left}.${adjusted}`
}

function rangeText(interval: Interval, metric: Metric): string {
  const { low, high } = intervalIn(interval, metric)
  return `${percent(low)}–${percent(high)}`
}
