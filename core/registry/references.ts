import type { nameReasons } from '../messages/en/words.ts'
import { StudioError } from '../base/errors.ts'
import type { Id } from './types.ts'

const kinds = {
  dataset: 'd',
  run: 'r',
  evaluation: 'e',
  ensemble: 'm',
  export: 'x',
  plan: 'p',
} as const
export type Kind = keyof typeof kinds

export function idOf(kind: Kind, key: number | bigint): Id {
  return `${kinds[kind]}${key}`
}

/** The row's key where `reference` is an id of that kind (`r7`, `R7`), else null. */
export function keyIn(kind: Kind, reference: string): number | null {
  const match = new RegExp(`^${kinds[kind]}([1-9][0-9]{0,14})$`, 'i').exec(reference)
  return match ? Number(match[1]) : null
}

/** The key of an id that this registry gave out. @throws StudioError `not-found` for anything else */
export function keyOf(kind: Kind, id: Id): number {
  const key = keyIn(kind, id)
  if (key === null) throw notFound(kind, id)
  return key
}

export function notFound(kind: Kind, reference: string): StudioError {
  return new StudioError('not-found', { what: 'reference', kind, reference })
}

/**
 * Names stand beside ids, versions and options on a command line.
 * @throws StudioError `invalid-name`
 */
export function checkName(kind: Kind, name: string): string {
  const trimmed = name.trim()
  const refuse = (reason: keyof typeof nameReasons): StudioError =>
    new StudioError('invalid-name', { what: 'kind', name, kind, reason })
  if (trimmed === '') throw refuse('empty')
  if (trimmed.length > 100) throw refuse('long')
  if (trimmed.toLowerCase() === 'last') throw refuse('last')
  if (keyIn(kind, trimmed) !== null) throw refuse('id')
  if (trimmed.startsWith('-')) throw refuse('dash')
  if (/[@\p{Cc}]/u.test(trimmed)) throw refuse('characters')
  return trimmed
}

/** `base`, or `base-2`, `base-3`, …: the first that is not taken. */
export function freeName(base: string, taken: (name: string) => boolean): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`
    if (!taken(name)) return name
  }
}
