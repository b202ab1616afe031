import { escapeHtml } from '../../base/html.ts'
import { inMetric, type Metric } from '../../evaluation/metric.ts'
import type { Calibration } from '../../evaluation/statistics/calibration.ts'
import { sliceTitle } from '../../evaluation/statistics/slices.ts'
import type { EvaluationStatistics } from '../../jobs/statistics/evaluation.ts'
import type { SlicesResult } from '../../jobs/statistics/slices.ts'
import { placeText } from '../../messages/en/computing.ts'
import { counted } from '../../messages/en/words.ts'
import { bestEpoch } from '../../training/best.ts'
import type { RunDetails } from '../show.ts'
import { capital, count, interval95, measured, percent, section, table } from './html.ts'
import { linePlot, matrix, mostDrawn, reliabilityDiagram } from './plots.ts'
import type { Pictures, ReportSources } from './sources.ts'

type Evaluation = RunDetails['evaluations'][number]

/** A run: numbers first, then what they rest on. */
export async function runSections(
  sources: ReportSources,
  run: RunDetails,
  pictures: Pictures,
  metric: Metric,
): Promise<string> {
  const evaluation = run.evaluations.findLast(({ split }) => split === 'test') ?? run.evaluations.at(-1)
  const results = evaluation
    ? await evaluationSections(sources, evaluation, pictures, metric)
    : section(
        'Result',
        '<p>The run has not been evaluated: its numbers are those of its validation images.</p>',
      )
  return [results, curves(run, metric), await dataset(sources, run), settings(run)].join('\n')
}

async function evaluationSections(
  sources: ReportSources,
  evaluation: Evaluation,
  pictures: Pictures,
  metric: Metric,
): Promise<string> {
  const { top1Error, top1Interval, top5Error, images, split, protocolText, confusion, classes, loss } =
    evaluation
  const names = classes.map(({ name }) => name)
  const statistics = await sources.statistics(evaluation.evaluation).catch(() => null)
  const area = (value: number | null | undefined): string => (value == null ? '–' : value.toFixed(4))
  return [
    section(
      'Result',
      `<p><span class="big">${measured(top1Error, metric)}</span> top-1 ${metric} (${interval95(top1Interval, metric)}, n = ${count(images)})${top5Error === null ? '' : `, top-5 ${metric} ${measured(top5Error, metric)}`}, loss ${loss.toFixed(3)}</p>`,
      `<p class="muted">${escapeHtml(protocolText)}; ${escapeHtml(evaluation.checkpoint)} checkpoint; ${count(images)} ${split} images${split === 'validation' ? `, on which the best epoch was chosen: the ${metric} is optimistic` : ''}</p>`,
    ),
    section(
      'Classes',
      table(
        ['Class', 'n', 'Precision', 'Recall', 'F1', 'ROC area', 'Average precision', 'Calibration error'],
        classes.map(({ name, images: n, precision, recall, f1 }, label) => [
          name,
          count(n),
          percent(precision),
          percent(recall),
          percent(f1),
          area(statistics?.classes[label]?.rocArea),
          area(statistics?.classes[label]?.averagePrecision),
          percent(statistics?.calibration.classes[label]?.equalWidth),
        ]),
      ),
    ),
    section(
      'Confusion matrix',
      names.length <= mostDrawn ? matrix(confusion, names) : confusedMost(confusion, names),
    ),
    await worstClasses(sources, evaluation, pictures),
    ...(statistics ? [calibrationSection(statistics), answersSection(statistics, metric)] : []),
    await slicesSection(sources, evaluation, metric),
  ].join('\n')
}

function confusedMost(confusion: Evaluation['confusion'], names: readonly string[]): string {
  const pairs = confusion.flatMap((row, truth) =>
    row.flatMap((value, predicted) =>
      truth === predicted || value === 0 ? [] : [{ truth, predicted, value }],
    ),
  )
  const rows = pairs
    .sort((a, b) => b.value - a.value)
    .slice(0, 40)
    .map(({ truth, predicted, value }) => [names[truth]!, names[predicted]!, count(value)])
  return `<p class="muted">The 40 most frequent of ${count(pairs.length)} kinds of error.</p>${table(['True class', 'Predicted', 'n'], rows)}`
}

/** The classes with the lowest recall, and their errors that the network was surest of. */
async function worstClasses(
  { context }: ReportSources,
  evaluation: Evaluation,
  pictures: Pictures,
): Promise<string> {
  const { registry } = context
  const { classes, dataset } = evaluation
  if (dataset === null) return ''
  const manifest = registry.datasets.manifest(dataset)
  const worst = [...classes.keys()]
    .filter((label) => classes[label]!.recall !== null && classes[label]!.recall! < 1)
    .sort((a, b) => classes[a]!.recall! - classes[b]!.recall!)
    .slice(0, 5)
  const parts: string[] = []
  for (const label of worst) {
    const { entries, total } = registry.pages.predictions(
      evaluation.evaluation,
      { label, correct: false },
      { order: 'confidence', offset: 0, limit: 8 },
    )
    const figures = entries.map(async ({ item, top }) => {
      const address = await pictures.of(manifest, item)
      const [guess] = top
      const caption = `${escapeHtml(classes[guess!.label]!.name)} ${percent(guess!.probability)}`
      return address === null
        ? ''
        : `<figure><img alt="" src="${address}"><figcaption>${caption}</figcaption></figure>`
    })
    const { name, recall, images } = classes[label]!
    parts.push(
      `<h3>${escapeHtml(name)}: ${percent(recall)} found, ${count(total)} wrong (n = ${count(images)})</h3><div class="pictures">${(await Promise.all(figures)).join('')}</div>`,
    )
  }
  return parts.length === 0 ? '' : section('Worst classes, with their surest errors', ...parts)
}

function calibrationSection({ calibration, calibrated, temperature }: EvaluationStatistics): string {
  const block = (title: string, of: Calibration): string =>
    `<div>${reliabilityDiagram(title, of.equalWidth.bins)}<p>Expected calibration error ${percent(of.equalWidth.error)} (${interval95(of.equalWidth.interval)}; noise floor ${percent(of.equalWidth.noiseFloor.mean)}; 15 bins of equal width), ${percent(of.equalMass.error)} in bins of equal mass (${interval95(of.equalMass.interval)}; noise floor ${percent(of.equalMass.noiseFloor.mean)}); n = ${count(of.images)}</p><p>Brier score ${of.brier.toFixed(4)} (0 to 2), negative log-likelihood ${of.negativeLogLikelihood.toFixed(4)}</p></div>`
  return section(
    'Calibration',
    `<div class="row">${block('As the network says', calibration)}${temperature && calibrated ? block(`With temperature ${temperature.temperature.toFixed(3)}, fitted on ${count(temperature.images)} validation images`, calibrated) : ''}</div>`,
  )
}

function answersSection({ thresholds, topErrors, images }: EvaluationStatistics, metric: Metric): string {
  const rows = [0.5, 0.7, 0.8, 0.9, 0.95, 0.99].map((value) => {
    const point = thresholds.find(({ threshold }) => threshold === value)!
    return [`above ${value}`, percent(point.accuracy), percent(point.coverage), count(point.answered)]
  })
  const ks = topErrors.map((_, index) => index + 1)
  return section(
    'Answering only where it is sure',
    `<div class="row">${table(['Confidence', 'Right', 'Of the images', 'n'], rows)}${linePlot(`${capital(metric)} of the k best answers, n = ${count(images)}`, [{ label: '', x: ks, y: topErrors.map((error) => inMetric(error, metric)) }], percent, metric === 'error' ? [0, Math.max(0.05, topErrors[0] ?? 1)] : [0, 1])}</div>`,
  )
}

async function slicesSection(
  sources: ReportSources,
  { evaluation }: Evaluation,
  metric: Metric,
): Promise<string> {
  const parts: string[] = []
  for (const by of ['saved', 'size', 'aspect-ratio', 'brightness', 'sharpness'] as const) {
    const found = await sources.slices({ evaluations: [evaluation], by }).catch(() => null)
    if (found && found.slices.length > (by === 'saved' ? 0 : 1)) parts.push(slicesTable(found, metric))
  }
  return parts.length === 0 ? '' : section('Slices', ...parts)
}

function slicesTable({ by, slices }: SlicesResult, metric: Metric): string {
  const rows = slices.map((slice) => {
    const { images, error, interval } = slice.results[0]!
    const range = interval ? interval95(interval, metric) : '–'
    return [sliceTitle(slice), count(images), measured(error, metric), range]
  })
  return `<h3>${sliceKindTitles[by]}</h3>${table(['Slice', 'n', capital(metric), 'Interval'], rows)}`
}

const sliceKindTitles: Readonly<Record<SlicesResult['by'], string>> = {
  saved: 'Saved slices',
  size: 'By shorter side, pixels',
  'aspect-ratio': 'By aspect ratio, width by height',
  brightness: 'By brightness, 0–255',
  sharpness: 'By sharpness',
  'split-source': 'By source of the split',
  class: 'By class',
}

function curves({ epochs }: RunDetails, metric: Metric): string {
  if (epochs.length === 0) return ''
  const x = epochs.map(({ epoch }) => epoch)
  const best = bestEpoch(epochs)
  const { images, validation: last } = epochs.at(-1)!
  const of = [
    ...(images === undefined ? [] : [`${count(images)} training`]),
    ...(last?.images === undefined ? [] : [`${count(last.images)} validation`]),
  ]
  const n = of.length === 0 ? '' : `, n = ${of.join(', ')} images`
  return section(
    'Training',
    `<div class="row">${linePlot(
      `Loss by epoch${n}`,
      [
        { label: 'training', x, y: epochs.map(({ trainingLoss }) => trainingLoss) },
        { label: 'validation', x, y: epochs.map(({ validation }) => validation?.loss ?? null) },
      ],
      (value) => value.toFixed(2),
    )}${linePlot(
      `Top-1 ${metric} by epoch${n}`,
      [
        { label: 'training', x, y: epochs.map(({ trainingError }) => inMetric(trainingError, metric)) },
        {
          label: 'validation',
          x,
          y: epochs.map(({ validation }) => inMetric(validation?.top1Error, metric) ?? null),
        },
      ],
      percent,
    )}</div>`,
    best
      ? `<p class="muted">Best epoch ${best.epoch}: validation top-1 ${metric} ${measured(best.top1Error, metric)}${best.images === undefined ? '' : ` (n = ${count(best.images)})`}. The epoch was chosen on these images, so that the number is optimistic.</p>`
      : '',
  )
}

async function dataset(sources: ReportSources, { dataset: set }: RunDetails): Promise<string> {
  if (set === null) return section('Data set', '<p>It has been deleted.</p>')
  const health = await sources.health(set.dataset)
  const leftOut = health.problems.reduce((sum, { count: n }) => sum + n, 0)
  const near = health.duplicates.filter(({ acrossSplits }) => acrossSplits).length
  return section(
    'Data set and its health',
    `<p>${escapeHtml(set.name)}, version ${set.version}: ${counted(health.images, 'image')} in ${counted(health.classes.length, 'class', 'classes')}.</p>`,
    `<p>${counted(health.duplicates.length, 'group')} of duplicates and near-duplicates, ${count(near)} of them in several splits; ${counted(leftOut, 'file')} left out; ${counted(health.small.length, 'small image')}.</p>`,
    table(
      ['Class', 'Training', 'Validation', 'Test'],
      health.classes.map(({ name, splits }) => [
        name,
        count(splits.train),
        count(splits.validation),
        count(splits.test),
      ]),
    ),
  )
}

function settings({ recipe, execution, run, dataset: set }: RunDetails): string {
  const where = execution
    ? `${placeText({ engine: execution.engine, device: execution.device })}, ${execution.precision}, ${counted(execution.threads, 'thread')}`
    : 'not started'
  return section(
    'Settings to repeat it',
    `<p>Run ${escapeHtml(run)}, ${escapeHtml(where)}. Save this as recipe.json, then: <code>vgg-studio train ${escapeHtml(set?.name ?? 'DATASET')} --recipe recipe.json</code></p>`,
    `<pre>${escapeHtml(JSON.stringify(recipe, null, 2))}</pre>`,
  )
}
