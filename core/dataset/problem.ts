import type { ErrorCode, ErrorFact, ErrorValues } from '../base/errors.ts'
import type { Problem } from './types.ts'

/** Why a file or folder of a source is not used. @param path relative to the root */
export function problemAt<Code extends ErrorCode>(
  path: string,
  code: Code,
  values: ErrorValues<Code>,
): Problem {
  return { path, code, reason: { code, values } as ErrorFact }
}

/** The same with the text of another code. */
export function problemWithText<Code extends ErrorCode>(
  path: string,
  code: 'outside' | 'unknown-class',
  text: Code,
  values: ErrorValues<Code>,
): Problem {
  return { path, code, reason: { code, text, values } as ErrorFact }
}
