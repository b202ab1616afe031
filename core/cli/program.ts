import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { colorsFor, markCode } from './colors.ts'
import { addCommonOptions } from './command.ts'
import { addCompletion } from './completion.ts'
import { openTerminal, reportFailure } from './terminal.ts'

const usageError = 2
/** Cells of a line of help at most: longer ones are hard to read. */
const widest = 100

/** Commands that stand together in `--help`. */
export interface CommandGroup {
  /** Display text. */
  readonly title: string
  readonly commands: readonly ((program: Command) => void)[]
}

/** Parses a command line and runs the command; sets the process's exit code: 2 for wrong usage. */
export async function run(argv: readonly string[], groups: readonly CommandGroup[]): Promise<void> {
  process.stdout.on('error', endQuietly)
  try {
    await openProgram(groups).parseAsync(argv, { from: 'user' })
  } catch (error) {
    process.exitCode = usage(error, argv)
  }
}

/** What parses a command line; wrong usage is thrown as a CommanderError or an InvalidArgumentError. */
export function openProgram(groups: readonly CommandGroup[]): Command {
  const program = newProgram()
  for (const { title, commands } of groups) {
    program.commandsGroup(`${title}:`)
    for (const add of commands) add(program)
  }
  for (const command of program.commands) addCommonOptions(command)
  program.commandsGroup('This machine:')
  addCompletion(program)
  for (const command of [program, ...program.commands]) prepare(command)
  return program
}

function newProgram(): Command {
  return new Command('vgg-studio')
    .description('From labeled image folders to a trained, honestly evaluated, deployable VGG.')
    .version(version())
    .addHelpText(
      'after',
      '\nExamples:\n  $ vgg-studio train ~/pictures/flowers --config A --batch-norm --crop 64 --epochs 20\n  $ vgg-studio evaluate last\n  $ vgg-studio export last --format onnx --out flowers-onnx\n\nData sets and runs are named by their id (d1, r1), their name, or "last".',
    )
}

/** Errors are thrown rather than printed here and there; what commander has to say of them comes out once, below. */
function prepare(command: Command): void {
  command
    .exitOverride()
    .configureOutput({ outputError: () => undefined, writeOut: writeHelp })
    .configureHelp({ helpWidth: Math.min(widest, process.stdout.columns || widest) })
    .showSuggestionAfterError()
}

function writeHelp(text: string): void {
  process.stdout.write(markCode(text, colorsFor(process.stdout)))
}

/** @returns the exit code */
function usage(error: unknown, argv: readonly string[]): number {
  const wrong = error instanceof CommanderError || error instanceof InvalidArgumentError
  if (!wrong) throw error
  // --help and --version end this way too.
  if (error.exitCode === 0) return 0
  // No command at all: commander has printed the help.
  if (error.code === 'commander.help') return usageError
  const [message = '', ...hint] = sentence(error.message).split('\n')
  const help = 'See vgg-studio --help, or vgg-studio COMMAND --help.'
  reportFailure(openTerminal(argv.includes('--json')), {
    code: 'usage',
    message,
    hint: [...hint, help].join('\n'),
  })
  return usageError
}

function sentence(message: string): string {
  const text = message.replace(/^error: /, '').replace(/^command-argument value/, 'value')
  const ended = text.replace(/([^.\n])(\n|$)/, '$1.$2')
  // A setting (`data.mode`) is written as it is to be typed.
  if (/^[a-z]+[.:][ a-z]/i.test(ended)) return ended
  return ended.charAt(0).toUpperCase() + ended.slice(1)
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** A reader of our output may stop early: `vgg-studio runs | head -1`. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}
