import type * as z from 'zod'
import type { Expectation } from '../messages/catalog.ts'

type Issue = z.core.$ZodIssue

/** A message of a schema that says itself what a value must be: `z.string().regex(…, saying({ code, values }))`. */
export const saying = (expectation: Expectation): string => JSON.stringify(expectation)

/** What a value must be, of an issue that zod found. */
export function expectation(issue: Issue): Expectation {
  const own = ownOf(issue.message)
  if (own) return own
  switch (issue.code) {
    case 'too_small': {
      if (issue.origin === 'string') return { code: 'must-not-be-empty', values: {} }
      const code = issue.inclusive ? 'must-be-at-least' : 'must-be-above'
      return { code, values: { least: String(issue.minimum) } }
    }
    case 'too_big': {
      const code = issue.inclusive ? 'must-be-at-most' : 'must-be-below'
      return { code, values: { most: String(issue.maximum) } }
    }
    case 'invalid_type':
      return { code: 'must-be-of-type', values: { type: issue.expected } }
    case 'invalid_value':
      return { code: 'must-be-one-of', values: { values: issue.values.map(String) } }
    case 'invalid_union': {
      if (issue.errors.length === 0) return { code: 'must-be-one-of', values: { values: kinds(issue) } }
      const ways = issue.errors.flatMap(([first]) => (first ? [expectation(first)] : []))
      return { code: 'must-be-either', values: { ways } }
    }
    case 'unrecognized_keys':
      return { code: 'must-not-have', values: { names: issue.keys } }
    case 'invalid_format':
      return { code: 'must-match', values: { pattern: issue.pattern ?? issue.format } }
    default:
      return { code: 'must-be-other', values: {} }
  }
}

function ownOf(message: string): Expectation | null {
  return message.startsWith('{"code":"must-') ? (JSON.parse(message) as Expectation) : null
}

/** Choices of a discriminated union; zod gives them, but not in its types. */
function kinds(issue: Issue): string[] {
  return ((issue as { options?: readonly unknown[] }).options ?? []).map(String)
}
