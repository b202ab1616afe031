import { InvalidArgumentError, type Command } from 'commander'
import { StudioError } from '../base/errors.ts'
import { complexity, usualRuns, type Complexity, type ErrorBasis } from '../queries/complexity.ts'
import { complexityCsv } from '../queries/complexityCsv.ts'
import { allConfigs } from '../network/architectures/names.ts'
import { addCommand, addMetric, perform, type CommonOptions } from './command.ts'
import { bytes, count, decimal, measured, ofImages, splitTitles } from './format.ts'
import type { Metric } from '../evaluation/metric.ts'
import { names, whole } from './options.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions {
  readonly networks?: readonly string[]
  readonly classes?: number
  readonly basis?: string
  readonly csv?: boolean
}

export function addComplexity(program: Command): void {
  const command = addCommand(program, 'complexity', {
    summary: 'compare what networks cost: operations, error, parameters',
    description:
      'Sets runs and networks beside each other: multiply-adds for one image, error, parameters, and what was measured: images a second and memory. All errors of the list are of the same images by the same protocol; a run that has none of it has no error here. Without runs: those of the data set that was trained on last, or all networks where there are no runs.',
    examples: [
      'complexity',
      'complexity r1 r2 --networks D,resnet50',
      'complexity --networks A,A+batchNorm=true+fcWidth=512@64,resnet18 --classes 10',
      'complexity r1 r2 --csv > networks.csv',
    ],
  })
  addMetric(command)
    .argument('[runs...]', 'runs: ids, names, or last')
    .option(
      '--networks <names>',
      'networks beside them, with commas: resnet50, or with settings and crop A+fcWidth=512@64',
      names,
    )
    .option('--classes <number>', 'classes of those (default: the first run’s, else 1000)', whole(2))
    .option('--basis <id>', 'which errors (default: those that most runs have; the list names the others)')
    .option('--csv', 'print comma-separated values')
    .action((runs: readonly string[], options: Options) =>
      perform(options, async ({ terminal, open }) => {
        const context = open({ reading: true })
        const { classes, basis, csv = false } = options
        const own = runs.length > 0 || options.networks ? runs : usualRuns(context)
        const networks = options.networks ?? (own.length === 0 ? allConfigs : [])
        const result = await complexity(context, { runs: own, networks, classes, basis }).catch(asUsage)
        if (basis !== undefined && result.basis !== basis)
          throw new InvalidArgumentError(`There is no basis ${basis}: ${idsOf(result)}.`)
        terminal.result(result, () =>
          csv ? complexityCsv(result, terminal.metric) : textOf(result, terminal),
        )
      }),
    )
}

const idsOf = ({ bases }: Complexity): string =>
  bases.length === 0 ? 'these runs have no errors yet' : bases.map(({ id }) => id).join(', ')

/** What is wrong with the name of a network is wrong usage. */
function asUsage(error: unknown): never {
  const isNamed = error instanceof StudioError && /^invalid-(option|recipe|setting)$/.test(error.code)
  throw isNamed ? new InvalidArgumentError(error.message) : error
}

function textOf(result: Complexity, { columns: cells, metric }: Terminal): string {
  const right = 'right' as const
  const columns = [
    { title: '', shrinks: true },
    { title: 'network', shrinks: true },
    { title: 'crop', align: right },
    { title: 'G multiply-adds', align: right },
    { title: 'M parameters', align: right },
    { title: `top-1 ${metric}`, align: right },
    { title: 'top-5', align: right },
    { title: 'images/s', align: right },
    { title: 'memory', align: right },
  ]
  const hasRuns = result.points.some(({ run }) => run !== null)
  const shown = <Part>(parts: readonly Part[]): readonly Part[] => (hasRuns ? parts : parts.slice(1, 5))
  const rows = result.points.map(
    ({ run, title, crop, multiplyAdds, parameters, error, trainingSpeed, memory }) =>
      shown([
        run ? `${run.run} ${run.name}` : '',
        title,
        String(crop),
        scaled(multiplyAdds / 1e9, 3),
        scaled(parameters / 1e6, 2),
        error ? `${measured(error.top1Error, metric)}${ofImages(error.images)}` : '–',
        error ? measured(error.top5Error, metric) : '–',
        trainingSpeed === null ? '–' : decimal(trainingSpeed),
        memory.process === null ? '–' : bytes(memory.process),
      ]),
  )
  return [
    table(shown(columns), rows, cells),
    '',
    `Of networks that classify into ${[...new Set(result.points.map(({ classes }) => count(classes)))].join(', ')} classes; multiply-adds are of the forward pass for one image.`,
    ...(hasRuns ? errorLines(result, metric) : []),
  ].join('\n')
}

function errorLines(result: Complexity, metric: Metric): readonly string[] {
  const chosen = result.bases.find(({ id }) => id === result.basis)
  const others = result.bases.filter((basis) => basis !== chosen)
  return [
    chosen ? `The ${metric}s are of ${basisText(chosen)}.` : 'No run here has been measured yet.',
    ...(chosen?.differences ?? []).map(
      ({ aspect, values }) => `  Not alike: ${aspect} (${[...new Set(values)].join(', ')}).`,
    ),
    ...(others.length > 0 ? ['Others, with --basis:'] : []),
    ...others.map((basis) => `  ${basis.id}  ${basisText(basis)}, ${count(basis.runs.length)} of these runs`),
    'Images/s and memory: measured while it trained, forward and backward; the most that its process held.',
  ]
}

function basisText({ kind, dataset, split, images, protocolText }: ErrorBasis): string {
  const of = `the ${splitTitles[split]} images of ${dataset ? `${dataset.name} v${dataset.version}` : 'a deleted data set'}${ofImages(images)}`
  if (kind === 'nearest') return `${of}, by the protocols that are most alike`
  return kind === 'validation'
    ? `${of}, by which the best epoch was chosen (${protocolText})`
    : `${of} (${protocolText})`
}

/** Small ones with three digits. */
const scaled = (value: number, digits: number): string =>
  value === 0 || value >= 0.1 ? value.toFixed(digits) : String(Number(value.toPrecision(3)))
