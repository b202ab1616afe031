import { InvalidArgumentError, Option, type Command } from 'commander'
import { metrics, type Metric } from '../evaluation/metric.ts'
import { resolveHome, serverFolder } from '../jobs/context/home.ts'
import { readSettings } from '../server/machine/settings.ts'
import { reportOf } from '../base/errors.ts'
import { openContext, type JobContext } from '../jobs/context/context.ts'
import type { JobEvent } from '../jobs/recording/events.ts'
import { listenForInterrupt } from './interrupt.ts'
import { openTerminal, reportFailure, type Terminal } from './terminal.ts'
import { watch } from './watch.ts'

export interface CommonOptions {
  readonly home?: string
  readonly json?: boolean
  readonly metric?: Metric
}

export interface Description {
  readonly summary: string
  /** Lines for `--help`. */
  readonly description: string
  /** Command lines without the program's name. */
  readonly examples: readonly string[]
}

const generalOptions = 'General options:'

const tellShares = new WeakSet<Command>()

/** For commands that tell shares of images: `--metric`, for once another one than the settings say. */
export function addMetric(command: Command): Command {
  tellShares.add(command)
  return command
}

/** A command with help and examples; the options that all commands have come last (`addCommonOptions`). */
export function addCommand(program: Command, usage: string, about: Description): Command {
  const examples = about.examples.map((example) => `  $ vgg-studio ${example}`).join('\n')
  return program
    .command(usage)
    .summary(about.summary)
    .description(about.description)
    .addHelpText('after', `\nExamples:\n${examples}`)
}

/** `--metric` where it tells anything, `--home`, `--json` and `--help`. */
export function addCommonOptions(command: Command): void {
  command.optionsGroup(generalOptions)
  if (tellShares.has(command)) {
    command.addOption(
      new Option(
        '--metric <metric>',
        'show error or accuracy (default: as `settings` has it, else error)',
      ).choices(metrics),
    )
  }
  command
    .option(
      '--home <folder>',
      'where the studio keeps its data (default: VGG_STUDIO_HOME, else the system’s folder)',
    )
    .option('--json', 'print the result as JSON')
    .helpOption('-h, --help', 'display help for command')
}

export interface Session {
  readonly terminal: Terminal
  /** Opens the home folder; closed when the command ends. */
  open(settings?: {
    readonly home?: string
    readonly stream?: boolean
    /** Nothing will be changed. */
    readonly reading?: boolean
  }): JobContext
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** What to exit with after Ctrl-C. */
  interruptCode(): number
}

/**
 * Runs a command's work: an error becomes a sentence on standard error and exit code 1, Ctrl-C 130.
 * @param work may give (a promise of) an exit code
 * @param onInterrupt what to tell a person who pressed Ctrl-C
 */
export async function perform(
  options: CommonOptions,
  work: (session: Session) => unknown,
  onInterrupt = 'Canceling; press Ctrl-C again to end at once.',
): Promise<void> {
  const terminal = openTerminal(options.json === true, options.metric ?? (await chosenMetric(options)))
  const interrupt = listenForInterrupt(() => terminal.note(onInterrupt))
  const opened: JobContext[] = []
  let run: string | undefined
  const remember = (event: JobEvent): void => {
    if (event.event === 'run') run = event.run
  }
  const open: Session['open'] = (settings = {}) => {
    const context = openContext({
      home: settings.home ?? options.home,
      reading: settings.reading,
      emit: watch(terminal, settings.stream === true, remember),
      signal: interrupt.signal,
    })
    opened.push(context)
    return context
  }
  try {
    const session = { terminal, open, signal: interrupt.signal, interruptCode: interrupt.exitCode }
    const code = await work(session)
    process.exitCode = typeof code === 'number' ? code : 0
  } catch (error) {
    process.exitCode = interrupt.signal.aborted
      ? canceled(terminal, interrupt.exitCode())
      : failed(terminal, error, run)
  } finally {
    terminal.progress.clear()
    for (const { registry } of opened) registry.close()
    interrupt.dispose()
  }
}

/** What the person has chosen for the window and all commands. */
async function chosenMetric({ home }: CommonOptions): Promise<Metric> {
  return (await readSettings(serverFolder(resolveHome(home)))).metric
}

function canceled(terminal: Terminal, code: number): number {
  terminal.note('Canceled.')
  terminal.line({ event: 'canceled' })
  return code
}

function failed(terminal: Terminal, error: unknown, run: string | undefined): number {
  if (error instanceof InvalidArgumentError) throw error
  const report = reportOf(error, terminal.texts)
  const unexpected = report.code === 'unexpected'
  const hint = 'This is a mistake in VGG Studio. Set VGG_STUDIO_DEBUG=1 to see where it happened.'
  reportFailure(terminal, unexpected ? { ...report, hint } : report, run)
  if (process.env['VGG_STUDIO_DEBUG']) terminal.note(String((error as Error).stack))
  return 1
}
