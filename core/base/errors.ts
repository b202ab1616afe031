/** What travels across processes and into `--json`: never a class. */
export interface ErrorReport {
  readonly code: string
  /** One sentence: what happened, naming the file or field. */
  readonly message: string
  /** What to do about it. */
  readonly hint?: string
}

/** An error that a person can act on. Everything else that is thrown is a bug. */
export class StudioError extends Error {
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'StudioError'
    this.code = code
    this.hint = options.hint
  }
}

export function reportOf(error: unknown): ErrorReport {
  if (error instanceof StudioError) {
    return error.hint === undefined
      ? { code: error.code, message: error.message }
      : { code: error.code, message: error.message, hint: error.hint }
  }
  if (isOutOfMemory(error)) {
    return {
      code: 'out-of-memory',
      message: `Memory ran out (${messageOf(error)}).`,
      hint: 'Close other programs, or use a smaller micro-batch, crop or network.',
    }
  }
  return { code: 'unexpected', message: messageOf(error) }
}

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
  if (signal?.aborted) throw new StudioError('canceled', 'Canceled.', { cause: signal.reason })
}

/** Makes the compiler prove that a switch handles every case. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`)
}
