import type * as z from 'zod'
import { familyOf } from '../network/architectures/names.ts'
import { expectation } from '../base/issues.ts'
import { recipeSchema } from './recipeSchema.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** `optimization.learningRate: must be greater than 0, not -1` */
export function describeIssue(issue: Issue, input: unknown): { sentence: string; hint?: string } {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.path, issue.keys, input)
  // Our own checks between settings say themselves what was given.
  const given = issue.code === 'custom' ? '' : shown(at(input, issue.path))
  return { sentence: `${pathText(issue.path)}: ${expectation(issue)}${given}` }
}

function unknownKeys(
  path: Path,
  keys: readonly string[],
  input: unknown,
): { sentence: string; hint?: string } {
  const sentence = keys.map((key) => `${pathText([...path, key])}: there is no such setting`).join('; ')
  const known = settingsAt(path, input)
  return known.length === 0 ? { sentence } : { sentence, hint: `Available: ${known.join(', ')}.` }
}

/** Names of the settings in one group of a recipe. Empty where they depend on the choice (schedule). */
function settingsAt(path: Path, input: unknown): string[] {
  const family = familyOf((input as { network?: unknown } | null)?.network)
  const group = at(recipeSchema.parse({ network: { family } }), path)
  const fixed = path.at(-1) !== 'schedule' && typeof group === 'object' && group !== null
  return fixed ? Object.keys(group) : []
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}

function shown(value: unknown): string {
  if (value === undefined || (typeof value === 'object' && value !== null)) return ''
  return `, not ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`
}

function pathText(path: Path): string {
  if (path.length === 0) return 'the recipe'
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  )
}
