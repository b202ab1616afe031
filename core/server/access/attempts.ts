import { createHash } from 'node:crypto'
import { StudioError } from '../../base/errors.ts'

/**
 * Limits guessing: after 20 different credentials that were refused within a minute, only those that were good before are
 * looked at. Nobody is locked out by it who is in.
 */
export interface Attempts {
  /**
   * Lets a credential (a token, a session, the key of a link) be checked.
   * @param check throws where it is refused
   * @throws StudioError `too-many-attempts`, unchecked, and what `check` throws
   */
  attempt<Result>(credential: string, check: () => Result): Result
}

const window = 60_000
const allowed = 20
/** Credentials that are remembered as good ones. */
const remembered = 1000

/** @param now milliseconds, of any clock that only goes forward */
export function limitAttempts(now: () => number = () => performance.now()): Attempts {
  /** When each was refused, the oldest first: an open page may repeat an old one for hours. */
  const refused = new Map<string, number>()
  const good = new Set<string>()
  return {
    attempt(credential, check) {
      const since = now() - window
      for (const [name, time] of refused) if (time <= since) refused.delete(name)
      const name = createHash('sha256').update(credential).digest('base64')
      if (refused.size >= allowed && !good.has(name) && !refused.has(name)) {
        const [oldest] = refused.values()
        const seconds = Math.ceil((oldest! - since) / 1000)
        throw new StudioError('too-many-attempts', { seconds })
      }
      try {
        const result = check()
        good.add(name)
        for (const oldest of [...good].slice(0, good.size - remembered)) good.delete(oldest)
        return result
      } catch (error) {
        if (!refused.has(name)) refused.set(name, now())
        throw error
      }
    },
  }
}
