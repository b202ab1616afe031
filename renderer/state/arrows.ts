const steps: Readonly<Record<string, (from: number, last: number) => number>> = {
  ArrowDown: (from, last) => Math.min(last, from + 1),
  ArrowUp: (from) => Math.max(0, from - 1),
  Home: () => 0,
  End: (_, last) => last,
}

/** What the arrow keys walk along in a list: of each of its rows the first thing that can have the focus. */
const inRow = 'a[href]:not([tabindex="-1"]), button:not(:disabled), input:not(:disabled), [tabindex="0"]'

/**
 * For a list or a table's body: up and down move the focus from row to row, Home and End to the ends. What walks by arrows
 * itself (fields, menus, lists inside) keeps them.
 */
export function arrowKeys(list: HTMLElement): () => void {
  function walk(event: KeyboardEvent): void {
    const step = steps[event.key]
    const target = event.target as HTMLElement
    if (!step || event.defaultPrevented || keepsArrows(target)) return
    const rows = [...list.children].filter((row) => row.querySelector(inRow) !== null)
    const from = rows.findIndex((row) => row.contains(target))
    if (from < 0) return
    event.preventDefault()
    const row = rows[step(from, rows.length - 1)]!
    const place = [...rows[from]!.querySelectorAll<HTMLElement>(inRow)].indexOf(target)
    const choices = row.querySelectorAll<HTMLElement>(inRow)
    // In the same column where the rows are alike.
    const next = choices[Math.max(0, Math.min(choices.length - 1, place))]!
    next.focus()
    next.scrollIntoView({ block: 'nearest' })
  }
  list.addEventListener('keydown', walk)
  return () => list.removeEventListener('keydown', walk)
}

const keepsArrows = (target: HTMLElement): boolean =>
  target.matches('select, textarea, [role="slider"], input:not([type="checkbox"])')
