import type { Command } from 'commander'
import { isDiskFull } from '../base/errors.ts'
import { removePlan } from '../jobs/plan/removePlan.ts'
import { deleteRun, deleteFiles, type DeleteResult } from '../jobs/recording/delete.ts'
import { addCommand, perform, type CommonOptions, type Session } from './command.ts'
import { isPlan } from './options.ts'

export function addDelete(program: Command): void {
  addCommand(program, 'delete', {
    summary: 'delete a run with its checkpoints and evaluations, or a plan',
    description:
      'Of a run its data set stays, and so do its exports; of a plan its runs. What is being trained is refused.',
    examples: ['delete r1', 'delete p1', 'delete last --json'],
  })
    .argument('<run>', 'a run: its id, its name, or last; or a plan: its id')
    .action((run: string, options: CommonOptions) =>
      perform(options, async (session) => {
        if (isPlan(run)) return forgetPlan(session, run)
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

function forgetPlan({ terminal, open }: Session, reference: string): void {
  const { registry } = open()
  const { id: deleted, name } = registry.plans.get(reference)
  removePlan(registry, deleted)
  terminal.result({ deleted, name }, () => `Deleted plan ${deleted} “${name}”. Its runs stay.`)
}
