import type { Command } from 'commander'
import { moreSeeds, seedGroupOf } from '../jobs/statistics/seedGroups.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { counted } from './format.ts'
import { whole } from './options.ts'
import { runJob } from './runJob.ts'

interface Options extends CommonOptions {
  readonly count: number
}

export function addSeeds(program: Command): void {
  addCommand(program, 'seeds', {
    summary: 'train a run’s setting with further seeds',
    description:
      'Trains as many runs as the setting lacks to have three seeds (or --count), one after the other. Runs that differ by their seed alone are a group: compare gives its mean ± SD and n, and compares settings over their groups.',
    examples: ['seeds r1', 'seeds r1 --count 5'],
  })
    .argument('<run>', 'a run: its id, its name, or last')
    .option('--count <n>', 'total number of seeds', whole(2, 20), 3)
    .action((reference: string, { count, ...options }: Options) =>
      perform(options, async (session) => {
        const { terminal } = session
        const context = session.open()
        const { id } = context.registry.runs.get(reference)
        for (const input of moreSeeds(context.registry, id, count))
          await runJob(session, context, 'train', input)
        const { runs } = seedGroupOf(context.registry, id)
        terminal.result({ runs }, () =>
          [
            `The setting of ${id} has ${counted(runs.length, 'seed')}:`,
            ...runs.map(({ run, name, seed }) => `  ${run} ${name}, seed ${seed}`),
          ].join('\n'),
        )
      }),
    )
}
