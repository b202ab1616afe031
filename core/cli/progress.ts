import type { Colors } from './colors.ts'
import { duration } from './format.ts'
import { pad, width } from './table.ts'

export interface ProgressState {
  readonly label: string
  readonly done: number
  readonly total: number | null
  readonly secondsLeft: number | null
  /** Other numbers, after the bar. */
  readonly detail?: string
}

/** One updating line on a terminal; a plain line now and then elsewhere. */
export interface ProgressLine {
  show(state: ProgressState): void
  /** Takes the line away, before other text is written. */
  clear(): void
}

export const silentProgress: ProgressLine = { show: () => undefined, clear: () => undefined }

/** ms between two lines where nobody watches. */
const plainPause = 10_000
/** ms between two updates on a terminal. */
const livePause = 80

export function progressLine(stream: NodeJS.WriteStream, colors: Colors): ProgressLine {
  return stream.isTTY ? liveLine(stream, colors) : plainLines(stream)
}

function liveLine(stream: NodeJS.WriteStream, colors: Colors): ProgressLine {
  let shownAt = -Infinity
  let visible = false
  return {
    show(state) {
      const finished = state.total !== null && state.done >= state.total
      if (!finished && performance.now() - shownAt < livePause) return
      shownAt = performance.now()
      visible = true
      stream.write(`\r\x1b[2K${fitting(state, stream.columns || 80, colors)}`)
    },
    clear() {
      if (visible) stream.write('\r\x1b[2K')
      visible = false
    },
  }
}

/** The bar takes what the words leave. */
function fitting(state: ProgressState, columns: number, colors: Colors): string {
  const tail = [share(state), state.detail ?? '', timeLeft(state)].filter((part) => part !== '').join('  ')
  const room = columns - 1 - width(state.label) - width(tail) - 4
  const bar =
    room >= 10 && state.total !== null ? barOf(state.done / state.total, Math.min(room, 30), colors) : ''
  const line = [state.label, bar, tail].filter((part) => part !== '').join('  ')
  return width(line) < columns ? line : [...line].slice(0, columns - 1).join('')
}

/** @param fraction 0–1 */
export function barOf(fraction: number, cells: number, colors: Colors): string {
  const full = Math.round(Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 1)) * cells)
  return colors.cyan('━'.repeat(full)) + colors.dim('━'.repeat(cells - full))
}

function plainLines(stream: NodeJS.WriteStream): ProgressLine {
  let shownAt = performance.now()
  return {
    show(state) {
      if (performance.now() - shownAt < plainPause) return
      shownAt = performance.now()
      const parts = [share(state), state.detail ?? '', timeLeft(state)].filter((part) => part !== '')
      stream.write(`${state.label}: ${parts.join('  ').trimStart()}\n`)
    },
    clear: () => undefined,
  }
}

function share({ done, total }: ProgressState): string {
  return total === null || total === 0
    ? String(done)
    : pad(`${Math.floor((100 * done) / total)}%`, 4, 'right')
}

function timeLeft({ secondsLeft }: ProgressState): string {
  return secondsLeft === null || !Number.isFinite(secondsLeft) ? '' : `${duration(secondsLeft)} left`
}
