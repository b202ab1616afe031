import type { Command } from 'commander'
import { diagnostics } from '../queries/diagnostics.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'

export function addDiagnostics(program: Command): void {
  addCommand(program, 'diagnostics', {
    summary: 'print what to send along with a report of something that went wrong',
    description:
      'Prints versions, the machine, and recipes, errors and logs of the latest runs, as JSON. Paths outside the home folder, names of files, data sets, classes and runs are left out; nothing is sent anywhere.',
    examples: ['diagnostics', 'diagnostics > report.json'],
  }).action((options: CommonOptions) =>
    perform(options, async ({ terminal, open }) => {
      const found = await diagnostics(open({ reading: true }))
      terminal.result(found, () => JSON.stringify(found, null, 2))
      return 0
    }),
  )
}
