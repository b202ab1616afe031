import { diskTrouble, fileOf } from './disk.ts'
import { errors } from '../messages/en/errors.ts'
import { textOf } from '../messages/text.ts'
import type { Fact, Text, Translated, ValuesOf } from '../messages/types.ts'

export type ErrorCode = keyof typeof errors
export type ErrorValues<Code extends ErrorCode> = ValuesOf<typeof errors, Code>

/** What `--json` and the API say of an error: its code, and its text in the language of the person. */
export interface ErrorReport extends Text {
  readonly code: string
}

/** What is stored of an error and sent between processes. Earlier versions stored the sentence. */
export type ErrorFact = Fact | ErrorReport

/** An error that a person can act on. Everything else that is thrown is a bug. */
export class StudioError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly fact: ErrorFact

  constructor(code: Code, values: ErrorValues<Code>, options?: { cause?: unknown })
  constructor(code: string, message: string, options?: { hint?: string | undefined; cause?: unknown })
  constructor(
    code: string,
    values: Fact['values'] | string,
    options: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    const fact = typeof values === 'string' ? said(code, values, options.hint) : { code, values }
    // In English, for stack traces and logs; a person reads what the language's catalog says.
    super(textOf(errors, fact).message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'StudioError'
    this.fact = fact
  }

  get code(): string {
    return this.fact.code
  }

  get hint(): string | undefined {
    return textOf(errors, this.fact).hint
  }
}

const said = (code: string, message: string, hint: string | undefined): ErrorReport =>
  hint === undefined ? { code, message } : { code, message, hint }

/** What to store of an error, or to send to another process. */
export function factOf(error: unknown): ErrorFact {
  if (error instanceof StudioError) return error.fact
  const detail = messageOf(error)
  const trouble = diskTrouble(error)
  if (trouble) return { code: trouble, values: { detail, file: fileOf(error) } }
  return { code: isOutOfMemory(error) ? 'out-of-memory' : 'unexpected', values: { detail } }
}

/** Whether there was no room on a disk: the system, SQLite or something of ours said so. */
export function isDiskFull(error: unknown): boolean {
  return factOf(error).code === 'disk-full'
}

/** The error that a fact from another process tells of. */
export function errorOf(fact: ErrorFact): StudioError {
  return 'message' in fact
    ? new StudioError(fact.code, fact.message, { hint: fact.hint })
    : new StudioError(fact.code as ErrorCode, fact.values as never)
}

/** An error, or what was stored of one, for a person. */
export function reportOf(error: unknown, texts: Translated<typeof errors> = errors): ErrorReport {
  return reportOfFact(factOf(error), texts)
}

export const reportOfFact = (fact: ErrorFact, texts: Translated<typeof errors> = errors): ErrorReport => ({
  code: fact.code,
  ...textOf(texts, fact),
})

/**
 * Whether memory ran out: something of ours or an engine said so, or JavaScript got none, for an array or for
 * WebAssembly. Lengths that are invalid, or beyond what addresses reach, are something else: no free memory helps there.
 */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof StudioError) return error.code === 'out-of-memory'
  return (
    error instanceof RangeError &&
    /allocation failed|allocate memory|grow instance memory/i.test(error.message)
  )
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Thrown where a caller's AbortSignal ended the work; never shown as a failure. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new StudioError('canceled', {}, { cause: signal.reason })
}

/** Makes the compiler prove that a switch handles every case. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`)
}
