import { hash } from 'node:crypto'
import { messageOf, StudioError } from '../base/errors.ts'
import { readImageFile } from '../image/codec.ts'
import { decodeStrictly } from '../image/decode.ts'
import { identifyBytes } from '../image/identify.ts'
import type { ImageInfo, ImageLimits } from '../image/types.ts'
import { fingerprintOf } from './fingerprint.ts'
import { measure } from './measure.ts'
import { pixelBudget, type Budget } from './budget.ts'
import { inParallel } from './parallel.ts'
import { problemAt } from './problem.ts'
import type { Entry } from './scan.ts'
import type { Problem } from './types.ts'
import { unreadable } from './walk.ts'

/** A usable image: everything that one reading and one decoding tell. */
export interface Verified {
  readonly info: ImageInfo
  /** SHA-256, hex. */
  readonly hash: string
  readonly fingerprint: string
  readonly moments: Float64Array
}

export type Verdict = { readonly image: Verified } | { readonly problem: Problem }

export interface VerifyOptions {
  readonly limits: ImageLimits
  readonly signal?: AbortSignal | undefined
  onDone?(done: number): void
}

/** Pixels being decoded at once: 3 bytes each, whatever the number of threads. */
const pixelsInFlight = 150_000_000

/**
 * Reads and decodes every file once, as many at a time as there are cores. Verdicts in the order of `entries`; what
 * can't be used is a verdict, never an exception. Throws StudioError `canceled`.
 */
export async function verifyAll(entries: readonly Entry[], options: VerifyOptions): Promise<Verdict[]> {
  const known = new Map<string, Verified>()
  const budget = pixelBudget(pixelsInFlight)
  let done = 0
  return inParallel(
    entries,
    async (entry) => {
      const verdict = await verify(entry, options.limits, budget, known)
      options.onDone?.(++done)
      return verdict
    },
    options.signal,
  )
}

async function verify(
  { path, absolute }: Entry,
  limits: ImageLimits,
  budget: Budget,
  known: Map<string, Verified>,
): Promise<Verdict> {
  try {
    const bytes = await readImageFile(absolute, limits)
    const sha = hash('sha256', bytes, 'hex')
    const image = known.get(sha) ?? (await decodeOnce(bytes, sha, limits, budget))
    known.set(sha, image)
    return { image }
  } catch (error) {
    return { problem: problemOf(path, error) }
  }
}

async function decodeOnce(
  bytes: Uint8Array,
  sha: string,
  limits: ImageLimits,
  budget: Budget,
): Promise<Verified> {
  const info = await identifyBytes(bytes, limits)
  return budget.hold(info.width * info.height, async () => {
    const measured = measure(await decodeStrictly(bytes, limits))
    return { info, hash: sha, fingerprint: fingerprintOf(measured), moments: measured.moments }
  })
}

function problemOf(path: string, error: unknown): Problem {
  if (!(error instanceof StudioError))
    return problemAt(path, 'unreadable', { what: 'image', detail: messageOf(error) })
  if (error.code === 'unreadable' && path.includes('\ufffd')) return unreadable(path, error)
  return { path, code: error.code, reason: error.fact }
}
