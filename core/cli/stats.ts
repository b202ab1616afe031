import type { Command } from 'commander'
import { StudioError } from '../base/errors.ts'
import type { Split } from '../dataset/types.ts'
import type { Calibration } from '../evaluation/statistics/calibration.ts'
import type { CalibrationError } from '../evaluation/statistics/calibrationError.ts'
import type { JobContext } from '../jobs/context/context.ts'
import { evaluationStatistics, type EvaluationStatistics } from '../jobs/statistics/evaluation.ts'
import type { Id } from '../registry/types.ts'
import { addCommand, addMetric, perform, type CommonOptions } from './command.ts'
import { count, counted, interval95, loss, measured, percent } from './format.ts'
import { split } from './options.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions {
  readonly split: Split
}

export function addStats(program: Command): void {
  const command = addCommand(program, 'stats', {
    summary: 'show how certain an evaluation is: calibration, curves, thresholds',
    description:
      'For an evaluation (e1) or a run’s newest one: calibration (expected calibration error of the top label in 15 bins, with bootstrap interval and noise floor; Brier score; negative log-likelihood), areas under ROC and precision–recall curves of each class, top-k errors, and how often it is right when only confident images are answered. Every number comes with its number of images.',
    examples: ['stats r1', 'stats e3 --json', 'stats last --split validation'],
  })
  addMetric(command)
    .argument('<run>', 'a run, or an evaluation: its id')
    .option('--split <split>', 'which images: train, validation or test', split, 'test')
    .action((reference: string, options: Options) =>
      perform(options, async ({ terminal, open }) => {
        const context = open({ reading: true })
        const evaluation = evaluationOf(context, reference, options.split)
        const result = await evaluationStatistics(context, { evaluation })
        terminal.result(result, () => textOf(result, terminal))
      }),
    )
}

/** An evaluation by its id, or the newest of a run. @throws StudioError `not-evaluated` */
export function evaluationOf(
  { registry }: Pick<JobContext, 'registry'>,
  reference: string,
  split: Split,
): Id {
  if (/^e\d+$/i.test(reference)) return registry.evaluations.get(reference).id
  const { id } = registry.runs.get(reference)
  const found = registry.evaluations.list(id).findLast((row) => row.split === split)
  if (found) return found.id
  throw new StudioError('not-evaluated', { run: id, split })
}

function textOf(result: EvaluationStatistics, { columns: cells, colors, metric }: Terminal): string {
  const { images, split, top1Error, top1Interval, protocolText, groups, grouped, temperature } = result
  const near =
    groups > 0
      ? `; ${counted(grouped, 'image')} in ${counted(groups, 'near-duplicate group')}, resampled together`
      : ''
  return [
    `Top-1 ${metric} ${colors.bold(measured(top1Error, metric))} (${interval95(top1Interval, metric)}, n = ${count(images)})`,
    colors.dim(`${protocolText}; evaluation ${result.evaluation} of ${result.run}, ${split} images${near}`),
    '',
    calibrationText('Calibration', result.calibration),
    ...(temperature && result.calibrated
      ? [
          calibrationText(
            `With temperature ${temperature.temperature.toFixed(3)} (fitted on ${counted(temperature.images, 'validation image')})`,
            result.calibrated,
          ),
        ]
      : [`No temperature is fitted for it: vgg-studio calibrate ${result.run}`]),
    '',
    thresholdsText(result),
    `Top-k ${metric} (n = ${count(images)}): ${result.topErrors
      .slice(0, 10)
      .map((error, index) => `${index + 1}: ${measured(error, metric)}`)
      .join(', ')}`,
    '',
    classText(result, cells),
  ].join('\n')
}

function calibrationText(title: string, calibration: Calibration): string {
  const { equalWidth, equalMass, brier, negativeLogLikelihood, confidence, accuracy, images } = calibration
  return [
    `${title} (n = ${count(images)})`,
    `  mean confidence ${percent(confidence)}, accuracy ${percent(accuracy)}`,
    `  ${errorText('equal-width', equalWidth)}`,
    `  ${errorText('equal-mass', equalMass)}`,
    `  Brier score ${brier.toFixed(4)} (0 to 2), negative log-likelihood ${loss(negativeLogLikelihood)} nats`,
  ].join('\n')
}

function errorText(name: string, { error, interval, noiseFloor, bins }: CalibrationError): string {
  return `expected calibration error ${percent(error)} (${interval95(interval)}; noise floor ${percent(noiseFloor.mean)}; ${bins.length} ${name} bins)`
}

function thresholdsText({ thresholds, images }: EvaluationStatistics): string {
  const lines = [0.5, 0.8, 0.9, 0.95, 0.99].map((value) => {
    const point = thresholds.find(({ threshold }) => threshold === value)!
    return `  above ${value}: ${percent(point.accuracy)} right, ${percent(point.coverage)} of the images (n = ${count(point.answered)})`
  })
  return [`Answering only where it is sure (n = ${count(images)})`, ...lines].join('\n')
}

function classText({ classes, macro, calibration, images }: EvaluationStatistics, cells: number): string {
  const right = 'right' as const
  const columns = [
    { title: 'class', shrinks: true },
    { title: 'images', align: right },
    { title: 'ROC area', align: right },
    { title: 'average precision', align: right },
    { title: 'calibration error', align: right },
  ]
  const area = (value: number | null): string => (value === null ? 'n/a' : value.toFixed(4))
  const rows = classes.map(({ name, positives, rocArea, averagePrecision }, label) => [
    name,
    count(positives),
    area(rocArea),
    area(averagePrecision),
    percent(calibration.classes[label]!.equalWidth),
  ])
  const mean = [
    `mean of ${counted(macro.classes, 'class', 'classes')}`,
    count(images),
    area(macro.rocArea),
    area(macro.averagePrecision),
    '',
  ]
  return `Each class against the rest\n${table(columns, [...rows, mean], cells)}\nAverage precision is Σ (Rₙ − Rₙ₋₁) Pₙ, without interpolation.`
}
