import type * as z from 'zod'
import { recipeSchema } from './recipeSchema.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** `optimization.learningRate: must be greater than 0, not -1` */
export function describeIssue(issue: Issue, input: unknown): { sentence: string; hint?: string } {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.path, issue.keys)
  // Our own checks between settings say themselves what was given.
  const given = issue.code === 'custom' ? '' : shown(at(input, issue.path))
  return { sentence: `${pathText(issue.path)}: ${expectation(issue)}${given}` }
}

function expectation(issue: Issue): string {
  // Our own words, from the schema.
  if (issue.message.startsWith('must ')) return issue.message
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty'
      return `must be ${issue.inclusive ? 'at least' : 'greater than'} ${issue.minimum}`
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}`
    case 'invalid_union':
      if (issue.errors.length > 0) return alternatives(issue.errors)
      return `must be ${oneOf(kinds(issue))}`
    default:
      return issue.message
  }
}

const typeNames: Readonly<Record<string, string>> = {
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
  record: 'a group of settings',
}

/** Of a discriminated union; zod gives them, but not in its types. */
function kinds(issue: Issue): string[] {
  return ((issue as { options?: readonly unknown[] }).options ?? []).map(String)
}

/** `must be auto or a whole number` */
function alternatives(errors: readonly (readonly Issue[])[]): string {
  const ways = errors.flatMap(([first]) => (first ? [expectation(first).replace(/^must be /, '')] : []))
  return `must be ${oneOf(ways)}`
}

function oneOf(values: readonly string[]): string {
  if (values.length < 2) return values.join('')
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}

function unknownKeys(path: Path, keys: readonly string[]): { sentence: string; hint?: string } {
  const sentence = keys.map((key) => `${pathText([...path, key])}: there is no such setting`).join('; ')
  const known = settingsAt(path)
  return known.length === 0 ? { sentence } : { sentence, hint: `There are: ${known.join(', ')}.` }
}

/** Names of the settings in one group of a recipe. Empty where they depend on the choice (schedule). */
function settingsAt(path: Path): string[] {
  const group = at(recipeSchema.parse({}), path)
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
