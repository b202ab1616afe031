import type { Settings } from '../../core/server/api/types.ts'
import { api, ask } from '../api.ts'
import { listen } from './events.svelte.ts'
import { attempt } from './toasts.svelte.ts'

let current = $state.raw<Settings>({
  theme: 'system',
  metric: 'error',
  sampleDismissed: false,
  guide: 'done',
  notifications: true,
})
let version = $state.raw(0)

export const settings = {
  get current(): Settings {
    return current
  },
}

/** Grows with each change of the colors: charts and canvases read it to draw again. */
export const colors = {
  get version(): number {
    return version
  },
}

function accept(next: Settings): void {
  current = next
  if (next.theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = next.theme
  version++
}

/** Shows at once, and as before where the server refuses. */
export async function change(changes: Partial<Settings>): Promise<void> {
  const before = current
  accept({ ...before, ...changes })
  accept((await attempt(() => ask(api.settings.$patch({ json: changes })))) ?? before)
}

export function followSettings(): void {
  const load = (): void => void ask(api.settings.$get()).then(accept, () => undefined)
  listen(({ type }) => {
    if (type === 'hello' || type === 'settings') load()
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => version++)
}

/** A design token's color as the page shows it now: for canvases. */
export function color(name: string): string {
  void version
  const probe = document.createElement('span')
  probe.style.color = `var(--${name})`
  document.body.append(probe)
  const value = getComputedStyle(probe).color
  probe.remove()
  return value
}
