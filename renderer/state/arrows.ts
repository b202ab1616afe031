type Step = (from: number, last: number) => number

const back: Step = (from) => Math.max(0, from - 1)
const on: Step = (from, last) => Math.min(last, from + 1)
const ends: Readonly<Record<string, Step>> = { Home: () => 0, End: (_, last) => last }
const downwards: Readonly<Record<string, Step>> = { ArrowUp: back, ArrowDown: on, ...ends }
const sideways: Readonly<Record<string, Step>> = { ArrowLeft: back, ArrowRight: on, ...ends }

/** What can have the focus in a list. */
const focusable =
  ':is(a[href], button:not(:disabled), input:not(:disabled)):not([tabindex="-1"]), [tabindex="0"]'

/** In a row, or the row itself. */
const choicesIn = (row: Element): readonly HTMLElement[] =>
  row.matches(focusable) ? [row as HTMLElement] : [...row.querySelectorAll<HTMLElement>(focusable)]

/**
 * For a list or a table's body: up and down move the focus from row to row, Home and End to the ends. What walks or moves
 * by arrows itself (fields, menus, lists inside) keeps them.
 */
export const arrowKeys = (list: Element): (() => void) => listen(list, downwards)

/** For things side by side, like pictures: left and right move the focus from one to the next, Home and End to the ends. */
export const sideArrows = (list: Element): (() => void) => listen(list, sideways)

function listen(list: Element, steps: Readonly<Record<string, Step>>): () => void {
  function walk(event: Event): void {
    const { key, target, defaultPrevented } = event as KeyboardEvent
    const step = steps[key]
    const focused = target as HTMLElement
    if (!step || defaultPrevented || keepsArrows(focused)) return
    const rows = [...list.children].filter((row) => choicesIn(row).length > 0)
    const from = rows.findIndex((row) => row.contains(focused))
    if (from < 0) return
    event.preventDefault()
    const place = choicesIn(rows[from]!).indexOf(focused)
    const choices = choicesIn(rows[step(from, rows.length - 1)]!)
    // In the same column where the rows are alike.
    const next = choices[Math.max(0, Math.min(choices.length - 1, place))]!
    next.focus()
    next.scrollIntoView({ block: 'nearest' })
  }
  list.addEventListener('keydown', walk)
  return () => list.removeEventListener('keydown', walk)
}

const keepsArrows = (target: HTMLElement): boolean =>
  target.matches('select, textarea, [role="slider"], [data-move], input:not([type="checkbox"])')
