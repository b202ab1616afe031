import { zValidator } from '@hono/zod-validator'
import type { ValidationTargets } from 'hono'
import * as z from 'zod'
import { StudioError } from '../../base/errors.ts'
import { expectation, saying } from '../../base/issues.ts'

/** zod at the border: what does not fit is refused with the place and the reason. The handler says what it checks. */
export const valid = <Schema extends z.ZodType, Target extends keyof ValidationTargets>(
  target: Target,
  schema: Schema,
) =>
  Object.assign(
    zValidator(target, schema, (result) => {
      if (!result.success) throw refusal(target, result.error.issues)
    }),
    { checks: { target, schema } },
  )

function refusal(target: string, issues: readonly z.core.$ZodIssue[]): StudioError {
  return new StudioError('invalid-request', {
    what: 'request',
    target,
    issues: issues.map((issue) => ({ path: issue.path.map(String).join('.'), expected: expectation(issue) })),
  })
}

/** Numbers in a query are text. */
export const number = (minimum: number, maximum: number) =>
  z.coerce.number<string>().int().min(minimum).max(maximum)

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true')

export const paging = {
  offset: number(0, 1e9).optional(),
  limit: number(1, 1000).optional(),
}

/** An id of the registry; its letter says what of. */
export const id = (letter: string) =>
  z.string().regex(new RegExp(`^${letter}[1-9][0-9]{0,14}$`), saying({ code: 'must-be-id', values: {} }))

export const runId = { run: id('r') }
export const datasetId = { dataset: id('d') }

/** Sides that pictures are made in: few, so that the cache serves most. */
const sides = [64, 128, 256, 512, 1024, 2048] as const
export const side = z
  .enum(sides.map(String) as [string, ...string[]])
  .transform(Number)
  .optional()
