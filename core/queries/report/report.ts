import { lineOf, textOf } from '../../messages/text.ts'
import { StudioError } from '../../base/errors.ts'
import { escapeHtml } from '../../base/html.ts'
import { version } from '../../base/version.ts'
import { imagePath } from '../../dataset/imagePath.ts'
import { inMetric, type Metric } from '../../evaluation/metric.ts'
import { differencesOrReason } from '../../jobs/statistics/differences.ts'
import { groupErrors } from '../../jobs/statistics/seedGroups.ts'
import { settingText } from '../../messages/en/differences.ts'
import { compareRuns } from '../compare.ts'
import { showRun, type RunDetails } from '../show.ts'
import { count, measured, page, percent, section, table } from './html.ts'
import { linePlot } from './plots.ts'
import { runSections } from './run.ts'
import type { Pictures, ReportSources } from './sources.ts'

/** Bytes of a report at most: what a mail takes. */
const mostReportBytes = 10_000_000
/** Bytes of these that pictures may take. */
const mostPictureBytes = 5_000_000

/**
 * One HTML file about one run, or comparing several: everything inside, nothing asked of any network.
 * @param references ids or names of runs
 * @param metric what shares of images are told as
 * @throws StudioError `not-found`, `report-too-large`
 */
export async function reportHtml(
  sources: ReportSources,
  references: readonly string[],
  metric: Metric,
): Promise<string> {
  const runs = references.map((run) => showRun(sources.context, { run }))
  const pictures = openPictures(sources)
  const names = runs.map(({ name }) => name).join(', ')
  const title = runs.length === 1 ? `Report of ${names}` : `Comparison of ${names}`
  const parts = [
    `<header><h1>${escapeHtml(title)}</h1><p class="muted">Made with VGG Studio ${escapeHtml(version)} on ${new Date().toISOString().slice(0, 10)}. Every number stands with its number of images (n); intervals are of 95%.</p></header>`,
    ...(runs.length > 1 ? [await comparison(sources, runs, metric)] : []),
  ]
  for (const run of runs) {
    if (runs.length > 1) parts.push(`<hr><h1>${escapeHtml(run.name)}</h1>`)
    parts.push(await runSections(sources, run, pictures, metric))
  }
  const html = page(title, parts.join('\n'))
  const bytes = Buffer.byteLength(html)
  if (bytes > mostReportBytes) throw new StudioError('report-too-large', { bytes, most: mostReportBytes })
  return html
}

function openPictures({ picture }: ReportSources): Pictures {
  let left = mostPictureBytes
  return {
    async of(manifest, position) {
      const image = manifest.images[position]
      if (!image || left <= 0) return null
      const bytes = await picture(imagePath(manifest, image)).catch(() => null)
      if (bytes === null) return null
      const address = `data:image/webp;base64,${Buffer.from(bytes).toString('base64')}`
      left -= address.length
      return left < 0 ? null : address
    },
  }
}

async function comparison(
  sources: ReportSources,
  runs: readonly RunDetails[],
  metric: Metric,
): Promise<string> {
  const { settings, evaluations } = compareRuns(sources.context, { runs: runs.map(({ run }) => run) })
  const names = runs.map(({ name }) => name)
  const [compared] = evaluations
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
  const parts = [
    settings.length === 0
      ? '<p>The runs have the same settings.</p>'
      : table(
          ['Setting', ...names],
          settings.map(({ setting, values }) => [setting, ...values.map(text)]),
        ),
    linePlot(
      `Validation ${metric} by epoch`,
      runs.map(({ name, epochs }) => ({
        label: `${name} (n = ${count(epochs.at(-1)?.validation?.images ?? 0)})`,
        x: epochs.map(({ epoch }) => epoch),
        y: epochs.map(({ validation }) => inMetric(validation?.top1Error, metric) ?? null),
      })),
      percent,
    ),
  ]
  if (!compared)
    return section('Comparison', ...parts, '<p>The runs have no evaluation of the same images.</p>')
  const asked = sources.differences(compared.evaluations)
  const { differences, notCompared } = await differencesOrReason(asked)
  const seeds = groupErrors(sources.context.registry, compared.evaluations)
  return section(
    'Comparison',
    ...differences.map(
      ({ sentence, basis }) =>
        `<p class="sentence">${escapeHtml(lineOf(sources.texts, sentence))}</p><p class="muted">${escapeHtml(lineOf(sources.texts, basis))}</p>`,
    ),
    ...(notCompared
      ? [`<p class="sentence">${escapeHtml(textOf(sources.texts, notCompared).message)}</p>`]
      : []),
    ...(seeds?.groups ?? []).map(
      ({ names: of, spread: { mean, deviation, n } }) =>
        `<p>${escapeHtml(of.join(', '))}: ${measured(mean, metric)}${deviation === null ? '' : ` ± ${(100 * deviation).toFixed(1)}`} top-1 ${metric} (mean ± SD, n = ${n} ${n === 1 ? 'seed' : 'seeds'}, ${count(seeds!.images)} images)</p>`,
    ),
    ...(seeds?.differences ?? []).map(
      (one, index) => `<p>${escapeHtml(settingText(index + 2, one, metric))}</p>`,
    ),
    table(
      [`On the ${compared.split} images`, ...names],
      [
        ['n', ...compared.images.map(count)],
        [`Top-1 ${metric}`, ...compared.top1Error.map((error) => measured(error, metric))],
        ...compared.classes.map(({ name, images, recall }) => [
          `Recall of ${name} (n = ${[...new Set(images)].join(', ')})`,
          ...recall.map(percent),
        ]),
      ],
    ),
    `<p class="muted">${escapeHtml(compared.protocolText)}</p>`,
    ...parts,
  )
}
