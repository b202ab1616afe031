import { resolve } from 'node:path'
import type { Command } from 'commander'
import { writeAtomic } from '../base/files.ts'
import { datasetReport } from '../jobs/tasks/health.ts'
import { evaluationDifferences } from '../jobs/statistics/differences.ts'
import { evaluationStatistics } from '../jobs/statistics/evaluation.ts'
import { evaluationSlices } from '../jobs/statistics/slices.ts'
import { reportHtml } from '../queries/report/report.ts'
import { addCommand, addMetric, perform, type CommonOptions } from './command.ts'
import { bytes } from './format.ts'

interface Options extends CommonOptions {
  readonly out?: string
}

export function addReport(program: Command): void {
  const command = addCommand(program, 'report', {
    summary: 'write a report of runs: one HTML file to send',
    description:
      'Opens offline in any browser and sends nothing over a network: result with interval, classes, confusion matrix, worst classes with images, calibration, slices, curves, the data set and its health, and the settings to repeat it. Several runs are compared.',
    examples: ['report r1', 'report r1 r2 --out comparison.html'],
  })
  addMetric(command)
    .argument('<runs...>', 'runs: ids, names, or last')
    .option('--out <file>', 'output file (default: report-RUN.html here)')
    .action((references: readonly string[], { out, ...options }: Options) =>
      perform(options, async ({ terminal, open }) => {
        const context = open({ reading: true })
        const { thumbnail } = await import('../image/encode.ts')
        const html = await reportHtml(
          {
            context,
            statistics: (evaluation) => evaluationStatistics(context, { evaluation }),
            differences: (evaluations) => evaluationDifferences(context, { evaluations }),
            slices: (input) => evaluationSlices(context, input),
            health: (dataset) => datasetReport(context, { dataset }),
            texts: terminal.texts,
            picture: (file) => thumbnail(file, 128),
          },
          references,
          terminal.metric,
        )
        const runs = references.map((one) => context.registry.runs.get(one).id)
        const path = resolve(out ?? `report-${runs.join('-')}.html`)
        await writeAtomic(path, html)
        const size = Buffer.byteLength(html)
        terminal.result({ path, bytes: size, runs }, () => `${path} (${bytes(size)})`)
      }),
    )
}
