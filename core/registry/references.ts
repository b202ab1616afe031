import { StudioError } from '../base/errors.ts'
import type { Id } from './types.ts'

export const kinds = { dataset: 'd', run: 'r', evaluation: 'e', ensemble: 'm', export: 'x' } as const
export type Kind = keyof typeof kinds

const words: Readonly<Record<Kind, string>> = {
  dataset: 'data set',
  run: 'run',
  evaluation: 'evaluation',
  ensemble: 'ensemble',
  export: 'export',
}

export function idOf(kind: Kind, key: number | bigint): Id {
  return `${kinds[kind]}${key}`
}

/** The row's key where `reference` is an id of that kind (`r7`, `R7`), else null. */
export function keyIn(kind: Kind, reference: string): number | null {
  const match = new RegExp(`^${kinds[kind]}([1-9][0-9]{0,14})$`, 'i').exec(reference)
  return match ? Number(match[1]) : null
}

/** For ids that this registry gave out. @throws StudioError `not-found` for anything else */
export function keyOf(kind: Kind, id: Id): number {
  const key = keyIn(kind, id)
  if (key === null) throw notFound(kind, id)
  return key
}

export function notFound(kind: Kind, reference: string): StudioError {
  const hints: Readonly<Record<Kind, string>> = {
    dataset:
      'It goes by an id (d1), a name, or the path of a folder; vgg-studio datasets lists those that are there, vgg-studio import FOLDER brings another.',
    run: 'The list of runs shows those that are there (vgg-studio runs).',
    evaluation: 'Each run lists its evaluations (vgg-studio show RUN).',
    ensemble: 'Evaluate several runs together to make one (vgg-studio evaluate RUN RUN).',
    export: 'Each run lists its exports (vgg-studio show RUN).',
  }
  const message =
    reference === 'last'
      ? `There is no ${words[kind]} yet.`
      : `There is no ${words[kind]} "${reference}" in the registry.`
  return new StudioError('not-found', message, { hint: hints[kind] })
}

/**
 * Names stand beside ids, versions and options on a command line.
 * @throws StudioError `invalid-name`
 */
export function checkName(kind: Kind, name: string): string {
  const trimmed = name.trim()
  const refuse = (why: string): StudioError =>
    new StudioError('invalid-name', `"${name}" can't be the name of a ${words[kind]}: ${why}.`, {
      hint: 'Choose a name of 1 to 100 characters, such as "flowers".',
    })
  if (trimmed === '') throw refuse('it is empty')
  if (trimmed.length > 100) throw refuse('it is longer than 100 characters')
  if (trimmed.toLowerCase() === 'last') throw refuse('"last" stands for the newest one')
  if (keyIn(kind, trimmed) !== null) throw refuse('it looks like an id')
  if (trimmed.startsWith('-')) throw refuse('it begins with a dash, like an option')
  if (/[@\p{Cc}]/u.test(trimmed)) throw refuse('it contains "@" or a control character')
  return trimmed
}

/** `base`, or `base-2`, `base-3`, …: the first that is not taken. */
export function freeName(base: string, taken: (name: string) => boolean): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`
    if (!taken(name)) return name
  }
}
