import type { Command } from 'commander'
import type { Metric } from '../evaluation/metric.ts'
import type { Spread } from '../evaluation/statistics/seeds.ts'
import { moreSeeds, seedGroupOf, type SeedGroup } from '../jobs/statistics/seedGroups.ts'
import { addCommand, addMetric, perform, type CommonOptions } from './command.ts'
import { counted, measured, ofImages } from './format.ts'
import { whole } from './options.ts'
import { runJob } from './runJob.ts'

interface Options extends CommonOptions {
  readonly count: number
}

export function addSeeds(program: Command): void {
  const command = addCommand(program, 'seeds', {
    summary: 'train a run’s setting with further seeds',
    description:
      'Trains further runs until the setting has three seeds (or --count), one after the other. Runs that differ by their seed alone are a group, shown with mean ± SD and n; compare compares settings over their groups.',
    examples: ['seeds r1', 'seeds r1 --count 5'],
  })
  addMetric(command)
    .argument('<run>', 'a run: its id, its name, or last')
    .option('--count <n>', 'total number of seeds', whole(2, 20), 3)
    .action((reference: string, { count, ...options }: Options) =>
      perform(options, async (session) => {
        const { terminal } = session
        const context = session.open()
        const { id } = context.registry.runs.get(reference)
        for (const input of moreSeeds(context.registry, id, count))
          await runJob(session, context, 'train', input)
        const group = seedGroupOf(context.registry, id)
        terminal.result(group, () => textOf(id, group, terminal.metric))
      }),
    )
}

function textOf(id: string, { runs, validation, evaluation }: SeedGroup, metric: Metric): string {
  const spread = ({ mean, deviation, n }: Spread): string =>
    `${measured(mean, metric)}${deviation === null ? '' : ` ± ${(100 * deviation).toFixed(1)}`} (mean ± SD, n = ${n})`
  return [
    `The setting of ${id} has ${counted(runs.length, 'seed')}:`,
    ...runs.map(({ run, name, seed, validation: own }) => {
      const best = own
        ? `: best validation top-1 ${metric} ${measured(own.top1Error, metric)}${ofImages(own.images)}`
        : ''
      return `  ${run} ${name}, seed ${seed}${best}`
    }),
    ...(validation ? [`Best validation top-1 ${metric} ${spread(validation)}`] : []),
    ...(evaluation
      ? [
          `Top-1 ${metric} on ${counted(evaluation.images, `${evaluation.split} image`)} ${spread(evaluation.spread)}; ${evaluation.protocolText}`,
        ]
      : []),
  ].join('\n')
}
