import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { openContext } from '../jobs/context/context.ts'
import type { Registry } from '../registry/registry.ts'

/** Arguments that name what a home folder holds, as the commands call them. */
const runArguments = ['run', 'runs', 'others']

/**
 * `completion SHELL` prints what makes a shell complete commands, options, their choices, and the names of runs and data
 * sets; `complete`, which is hidden, is what that asks with each press of the key.
 */
export function addCompletion(program: Command): void {
  const completion = tab(program, { completionCommandName: 'completion' })
  for (const command of program.commands) {
    const completed = completion.commands.get(command.name())
    // Shells show it in the line: not the paragraph that --help has.
    if (completed) completed.description = command.summary()
    for (const argument of command.registeredArguments) {
      const name = argument.name()
      const variadic = argument.variadic
      if (runArguments.includes(name)) completed?.argument(name, names(runNames), variadic)
      else if (name === 'dataset') completed?.argument(name, names(datasetNames), variadic)
    }
  }
  program.commands
    .find((command) => command.name() === 'completion')!
    .summary('print a script that completes command lines in a shell')
    .description(
      'Prints a script for bash, zsh, fish or PowerShell. It completes commands, options and their choices, and the names of runs and data sets.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ vgg-studio completion bash >> ~/.bashrc\n  $ vgg-studio completion zsh > "${fpath[1]}/_vgg-studio"\n  $ vgg-studio completion fish > ~/.config/fish/completions/vgg-studio.fish',
    )
}

type Name = readonly [value: string, description: string]

function names(from: (registry: Registry) => readonly Name[]) {
  return (complete: (value: string, description: string) => void): void => {
    for (const [value, description] of listed(from)) complete(value, description)
  }
}

/** None where no home folder can be read: a key that was pressed is answered, not refused. */
function listed(from: (registry: Registry) => readonly Name[]): readonly Name[] {
  try {
    const { registry } = openContext({ reading: true })
    try {
      return [['last', 'the newest'], ...from(registry)]
    } finally {
      registry.close()
    }
  } catch {
    return []
  }
}

const runNames = ({ runs }: Registry): readonly Name[] => runs.list().map(({ id, name }) => [id, name])
const datasetNames = ({ datasets }: Registry): readonly Name[] =>
  datasets.list().map(({ id, name, version }) => [id, `${name}, version ${version}`])
