import { StudioError } from '../../base/errors.ts'
import { newToken } from './secrets.ts'

/** One-time keys that let a browser in. */
export interface LinkKeys {
  create(): string
  /** True once for each key that was created. */
  use(key: string): boolean
}

/** Links that nobody opened do not pile up. */
const most = 32

export function linkKeys(): LinkKeys {
  const keys = new Set<string>()
  return {
    create() {
      const key = newToken()
      keys.add(key)
      for (const oldest of [...keys].slice(0, keys.size - most)) keys.delete(oldest)
      return key
    },
    use: (key) => keys.delete(key),
  }
}

export function noBrowser(): StudioError {
  return new StudioError('no-browser', {})
}
