/** Keys for the whole window. Views add theirs while they are shown. */
type Action = (event: KeyboardEvent) => void

const actions = new Map<string, Action[]>()
let pending = ''

/** `g d`, `n`, `space`, `ctrl+k` (Cmd on a Mac too). @returns takes it away */
export function onKey(keys: string, action: Action): () => void {
  actions.set(keys, [...(actions.get(keys) ?? []), action])
  return () => {
    actions.set(keys, actions.get(keys)?.filter((one) => one !== action) ?? [])
  }
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  !isSwitch(target) &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

const isSwitch = (target: HTMLElement): boolean =>
  ['checkbox', 'radio'].includes((target as HTMLInputElement).type)

const name = (key: string): string => (key === ' ' ? 'space' : key.toLowerCase())

/** Buttons and links keep their own space and enter. */
const belongsToControl = (event: KeyboardEvent): boolean =>
  (event.key === ' ' || event.key === 'Enter') &&
  event.target instanceof Element &&
  event.target.closest('button, a, input, summary, [role="slider"], [role="gridcell"]') !== null

/** The first Escape leaves the field, and keeps what stands in it; the next closes the panel. */
function leaveField(event: KeyboardEvent): void {
  event.preventDefault()
  ;(event.target as HTMLElement).blur()
}

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return
  const control = event.ctrlKey || event.metaKey
  if (event.key === 'Escape' && isTyping(event.target)) return leaveField(event)
  if (!control && (isTyping(event.target) || belongsToControl(event))) return
  const pressed = control ? `ctrl+${name(event.key)}` : name(event.key)
  const chord = pending === '' ? pressed : `${pending} ${pressed}`
  pending = pressed === 'g' && pending === '' ? 'g' : ''
  const action = (actions.get(chord) ?? actions.get(pressed))?.at(-1)
  if (!action) return
  event.preventDefault()
  action(event)
}
