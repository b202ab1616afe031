import type { ErrorReport } from '../base/errors.ts'
import type { Metric } from '../evaluation/metric.ts'
import type { Catalog } from '../messages/catalog.ts'
import { english } from '../messages/en/index.ts'
import { shown } from '../messages/shown.ts'
import { colorsFor, markCode, type Colors } from './colors.ts'
import { wrapped } from './table.ts'
import { progressLine, silentProgress, type ProgressLine } from './progress.ts'

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  /** Results are JSON. */
  readonly json: boolean
  /** What shares of images are told as, in texts. */
  readonly metric: Metric
  /** In the language of the person. */
  readonly texts: Catalog
  /** For standard output. */
  readonly colors: Colors
  /** For standard error. */
  readonly noteColors: Colors
  /** Cells of a line of standard output; no bound where it isn't a terminal: who pipes a table wants all of it. */
  readonly columns: number
  /** Cells of a line of standard error; no bound where it isn't a terminal. */
  readonly noteColumns: number
  readonly progress: ProgressLine
  /** The command's result: one line of JSON, or text for a person. */
  result(value: object, text: () => string): void
  /** One line of JSON while something runs; nothing without --json. */
  line(value: object): void
  /** A message for a person. */
  note(text: string): void
}

export function openTerminal(json: boolean, metric: Metric = 'error', texts: Catalog = english): Terminal {
  const colors = colorsFor(process.stdout)
  const noteColors = colorsFor(process.stderr)
  // Beside JSON lines only a person at a terminal wants to see a bar.
  const quiet = json && !process.stderr.isTTY
  const progress = quiet ? silentProgress : progressLine(process.stderr, noteColors)
  const write = (text: string): void => {
    progress.clear()
    process.stdout.write(`${text}\n`)
  }
  const jsonOf = (value: object): string => JSON.stringify(shown(value, texts))
  return {
    json,
    metric,
    texts,
    colors,
    noteColors,
    columns: process.stdout.columns || Infinity,
    noteColumns: process.stderr.columns || Infinity,
    progress,
    result: (value, text) => write(json ? jsonOf(value) : forPerson(text(), process.stdout, colors)),
    line: (value) => (json ? write(jsonOf(value)) : undefined),
    note(text) {
      progress.clear()
      process.stderr.write(`${forPerson(text, process.stderr, noteColors)}\n`)
    },
  }
}

/** A terminal would break lines within words; files and pipes get them whole. */
function forPerson(text: string, { isTTY, columns }: NodeJS.WriteStream, colors: Colors): string {
  const marked = markCode(text, colors)
  if (!isTTY || !columns) return marked
  return marked
    .split('\n')
    .map((line) => wrapped(line, columns))
    .join('\n')
}

/** An error for a person, and with --json as the last line of standard output. */
export function reportFailure(terminal: Terminal, error: ErrorReport, run?: string): void {
  const { noteColors } = terminal
  terminal.note(`${noteColors.red('Error:')} ${error.message}`)
  if (error.hint) terminal.note(noteColors.dim(error.hint))
  terminal.line({ event: 'failed', ...(run === undefined ? {} : { run }), error })
}
