import type { Command } from 'commander'
import { deleteRun } from '../jobs/delete.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'

export function addDelete(program: Command): void {
  addCommand(program, 'delete', {
    summary: 'delete a run with its checkpoints and evaluations',
    description: 'Its data set stays, and so do its exports. A run that is being trained is refused.',
    examples: ['delete r1', 'delete last --json'],
  })
    .argument('<run>', 'a run: its id, its name, or last')
    .action((run: string, options: CommonOptions) =>
      perform(options, async ({ terminal, open }) => {
        const result = await deleteRun(open(), { run })
        terminal.result(result, () => `Deleted run ${result.deleted} “${result.name}” and ${result.folder}.`)
      }),
    )
}
