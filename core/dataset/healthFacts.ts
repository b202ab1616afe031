import type { DuplicateReport } from './healthDuplicates.ts'
import type { ImageFacts } from './healthImages.ts'
import type { Reason } from '../messages/types.ts'
import type { Split } from './types.ts'

export interface ClassCounts {
  readonly name: string
  readonly images: number
  readonly splits: Readonly<Record<Split, number>>
}

/** Problems of one kind. */
export interface ProblemGroup {
  readonly code: string
  readonly count: number
  /** The first one's: they read alike. */
  readonly reason: Reason
  readonly paths: readonly string[]
}

export interface Imbalance {
  readonly largest: { readonly name: string; readonly images: number }
  readonly smallest: { readonly name: string; readonly images: number }
  /** Training images of the largest class per one of the smallest; null where the smallest has none. */
  readonly ratio: number | null
}

/** All that a manifest tells about a data set before anything trains on it. */
export interface HealthFacts extends ImageFacts, DuplicateReport {
  readonly images: number
  readonly splits: Readonly<Record<Split, number>>
  /** In the order of the labels. */
  readonly classes: readonly ClassCounts[]
  /** Most frequent first. */
  readonly problems: readonly ProblemGroup[]
  readonly imbalance: Imbalance
}
