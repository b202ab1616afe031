import type { Reason } from '../messages/types.ts'
import type { ImageInfo, ImageLimits, Rgb } from '../image/types.ts'

export const splits = ['train', 'validation', 'test'] as const
export type Split = (typeof splits)[number]

/** One usable image. */
export interface DatasetImage {
  /** Relative to the data set's root, `/` between folders. Unique. */
  readonly path: string
  /** Class index: position in Manifest.classes. */
  readonly label: number
  readonly split: Split
  readonly info: ImageInfo
  /** SHA-256 of the file, hex. */
  readonly hash: string
  /** Perceptual hash (fingerprint.ts), base64; absent in manifests of older versions. */
  readonly fingerprint?: string
}

export interface Problem {
  /** Relative to the root. */
  readonly path: string
  /** A code of `ImageProblem` (image/errors.ts) or of `SourceProblem` (scan.ts). */
  readonly code: string
  /** Earlier versions stored the sentence. */
  readonly reason: Reason
}

/** Statistics over the training split. Units: 8-bit levels, 0–255. Each image weighs the same, whatever its size. */
export interface Statistics {
  readonly mean: Rgb
  /** Standard deviation per channel. */
  readonly std: Rgb
  /** Eigenvalues of the RGB covariance, largest first, and their unit eigenvectors (vectors[i] belongs to values[i]). */
  readonly pca: { readonly values: Rgb; readonly vectors: readonly [Rgb, Rgb, Rgb] }
}

/** Where the labels came from: the folders' names, or a CSV file (absolute path) whose folder is the root. */
export type DatasetSource = { readonly kind: 'folder' } | { readonly kind: 'csv'; readonly path: string }

/** A labeled folder as it was found at import; the registry keeps it. */
export interface Manifest {
  /** Absolute path. Never written to. */
  readonly root: string
  /** Sorted by name (code points); one list for all splits. */
  readonly classes: readonly string[]
  /** Ordered by path. */
  readonly images: readonly DatasetImage[]
  readonly problems: readonly Problem[]
  readonly statistics: Statistics
  /** Absent: folder. */
  readonly source?: DatasetSource
}

/** What a person decides about a file of a source. The file itself stays as it is, and where it is. */
/** `mislabelled`: its label is wrong and the right one is not known, so it is left out as well. */
export type Correction = {
  /** As in a manifest: relative to the root, `/` between folders. */
  readonly path: string
} & (
  | { readonly action: 'leave-out' | 'mislabelled' }
  | {
      readonly action: 'relabel'
      /** One of the source's classes. */
      readonly class: string
    }
)

/** A correction, or that an earlier one no longer holds. */
/** A label that a person has looked at and found right. */
export interface ConfirmedLabel {
  readonly path: string
  readonly class: string
}

export type CorrectionChange = Correction | { readonly path: string; readonly action: 'take-back' }

export interface ImportOptions {
  /** Fraction of each class, 0–0.9, where the folder brings no validation split. Default 0.15. */
  readonly validation: number
  /** Likewise for the test split. Default 0.15. */
  readonly test: number
  readonly seed: number
  /** Take about that many images only, stratified over classes and given splits. */
  readonly limit?: number
  /** What a person decided about single files. */
  readonly corrections?: readonly Correction[]
  /** The data set's version before: images keep the split that they had there. */
  readonly previous?: Pick<Manifest, 'images'>
  /** Limits of a single image. Default `imageLimits`. */
  readonly limits?: ImageLimits
}
