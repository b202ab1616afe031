import type * as z from 'zod'

type Issue = z.core.$ZodIssue

/** What a value must be, of an issue that zod found: `must be at least 2`. Messages of ours begin with “must”. */
export function expectation(issue: Issue): string {
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

/** Choices of a discriminated union; zod gives them, but not in its types. */
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
