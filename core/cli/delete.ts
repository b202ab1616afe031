import type { Command } from 'commander'
import { isDiskFull } from '../base/errors.ts'
import { deleteRun, deleteFiles, type DeleteResult } from '../jobs/recording/delete.ts'
import { addCommand, perform, type CommonOptions, type Session } from './command.ts'

export function addDelete(program: Command): void {
  addCommand(program, 'delete', {
    summary: 'delete a run with its checkpoints and evaluations',
    description: 'Its data set stays, and so do its exports. A run that is being trained is refused.',
    examples: ['delete r1', 'delete last --json'],
  })
    .argument('<run>', 'a run: its id, its name, or last')
    .action((run: string, options: CommonOptions) =>
      perform(options, async (session) => {
        const result = await deleted(session, run)
        session.terminal.result(
          result,
          () => `Deleted run ${result.deleted} “${result.name}” and ${result.folder}.`,
        )
      }),
    )
}

async function deleted({ open }: Session, run: string): Promise<DeleteResult> {
  try {
    return await deleteRun(open(), { run })
  } catch (error) {
    if (!isDiskFull(error)) throw error
    // Not even the registry can be opened for changes before something has gone.
    await deleteFiles(open({ reading: true }), { run })
    return deleteRun(open(), { run })
  }
}
