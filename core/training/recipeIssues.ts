import type * as z from 'zod'
import { familyOf } from '../network/architectures/names.ts'
import { expectation } from '../base/issues.ts'
import type { SettingProblem } from '../messages/types.ts'
import { recipeSchema } from './recipeSchema.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** What is wrong with a setting: what it must be and what was given, or that there is none of its name. */
export function settingProblem(issue: Issue, input: unknown): SettingProblem {
  const path = pathText(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => pathText([...issue.path, key]))
    return { path, unknown, known: settingsAt(issue.path, input) }
  }
  // Our own checks between settings say themselves what was given.
  const given = issue.code === 'custom' ? null : shown(at(input, issue.path))
  return { path, expectation: expectation(issue), given }
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

/** As JSON; null where it is missing, or a group. */
function shown(value: unknown): string | null {
  if (value === undefined || (typeof value === 'object' && value !== null)) return null
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

/** Empty for the whole recipe. */
function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  )
}
