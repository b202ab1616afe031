import type { SystemInfo } from '../../core/server/api/types.ts'
import { api, ask } from '../api.ts'
import { listen } from './events.svelte.ts'

let system = $state.raw<SystemInfo>()

/** Facts of the machine and the home folder. */
export const machine = {
  get system(): SystemInfo | undefined {
    return system
  },
}

export function followSystem(): void {
  const load = (): void =>
    void ask(api.system.$get()).then(
      (answer) => (system = answer),
      () => undefined,
    )
  listen(({ type }) => {
    if (type === 'hello' || type === 'reset' || type === 'dataset') load()
  })
}
