import { diskTrouble, fileOf, isDamage, isLocked } from './disk.ts'
import type { Catalog } from '../messages/catalog.ts'
import type { errors } from '../messages/en/errors.ts'
import { english } from '../messages/en/index.ts'
import { textOf } from '../messages/text.ts'
import type { Reason, Stored, Text, ValuesOf } from '../messages/types.ts'

export type ErrorCode = keyof typeof errors
export type ErrorValues<Code extends ErrorCode> = ValuesOf<typeof errors, Code>

/** What `--json` and the API say of an error: its code, and its text in the language of the person. */
export interface ErrorReport extends Text {
  readonly code: string
}

/** What is stored of an error and sent between processes. Earlier versions stored the sentence. */
export type ErrorFact = Stored

/** An error that a person can act on. Everything else that is thrown is a bug. */
export class StudioError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly fact: ErrorFact

  constructor(code: Code, values: ErrorValues<Code>, options?: { cause?: unknown })
  /** What another process or an earlier version said. */
  constructor(fact: ErrorFact, values?: undefined, options?: { cause?: unknown })
  constructor(said: Code | ErrorFact, values?: ErrorValues<Code>, options: { cause?: unknown } = {}) {
    const fact = typeof said === 'string' ? ({ code: said, values } as ErrorFact) : said
    // For stack traces, in the language of the code; a person reads what the catalog of their language says.
    super(textOf(english, fact).message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'StudioError'
    this.fact = fact
  }

  get code(): string {
    return this.fact.code
  }

  get hint(): string | undefined {
    return textOf(english, this.fact).hint
  }
}

/** The same error with another text around its own; its code stays. */
export function withText<Code extends ErrorCode>(
  error: StudioError,
  text: Code,
  values: Omit<ErrorValues<Code>, 'problem'>,
): StudioError {
  const fact = { code: error.code, text, values: { ...values, problem: error.fact } }
  return new StudioError(fact, undefined, { cause: error })
}

/** What to store of an error, or to send to another process. */
export function factOf(error: unknown): ErrorFact {
  if (error instanceof StudioError) return error.fact
  const detail = messageOf(error)
  const trouble = diskTrouble(error)
  if (trouble) return { code: trouble, values: { what: 'file', detail, file: fileOf(error) } }
  if (isLocked(error)) return { code: 'registry-locked', values: { file: null } }
  if (isDamage(error)) return { code: 'registry-damaged', values: { file: null, detail } }
  if (isOutOfMemory(error)) return { code: 'out-of-memory', values: { what: 'here', detail } }
  return { code: 'unexpected', values: { detail } }
}

/** The fact of an error of ours; of another what it says, which is in the words of a library or the system. */
export const detailOf = (error: unknown): Reason =>
  error instanceof StudioError ? error.fact : messageOf(error)

/** Whether there was no room on a disk: the system, SQLite or something of ours said so. */
export function isDiskFull(error: unknown): boolean {
  return factOf(error).code === 'disk-full'
}

/** The error that a fact from another process tells of. */
export const errorOf = (fact: ErrorFact): StudioError => new StudioError(fact)

/** An error, or what was stored of one, for a person. */
export function reportOf(error: unknown, texts: Catalog): ErrorReport {
  return reportOfFact(factOf(error), texts)
}

export const reportOfFact = (fact: ErrorFact, texts: Catalog): ErrorReport => ({
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
