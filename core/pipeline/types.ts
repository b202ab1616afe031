import type { ErrorFact } from '../base/errors.ts'
import type { Tensor } from '../base/tensor.ts'
import type { ResizeMode, Rgb, RgbImage } from '../image/types.ts'

/** value = (level − mean) / std per channel; levels 0–255. The paper subtracts the mean only: std 1. */
export interface Normalization {
  readonly mean: Rgb
  readonly std: Rgb
}

/** A file to load. */
export interface Item {
  /** Absolute. */
  readonly path: string
  readonly label: number
  /** Hash of the file's content, where known: the cache then still serves a file that was moved or copied. */
  readonly hash?: string | undefined
}

/**
 * RGB PCA color shift (AlexNet §4.1, VGG §3.1): each image gets Σ vectorᵢ·αᵢ·valueᵢ added, α ~ N(0, strength), in
 * units where white is 1: with `values` in levels² (as Statistics has them) the shift is Σ vectorᵢ·αᵢ·valueᵢ/255 levels.
 */
export interface ColorShift {
  readonly strength: number
  readonly values: Rgb
  readonly vectors: readonly [Rgb, Rgb, Rgb]
}

/** What the paper does not do to its images, off where a field is 0 or left out; each drawn for itself. */
export interface Distortions {
  /** Turns by up to this many degrees, both ways, uniformly; corners beyond the image get the fill color. */
  readonly rotation: number
  /** Levels times a factor, uniform in [max(0, 1 − brightness), 1 + brightness]; as the next two, clamped to 0–255. */
  readonly brightness: number
  /** Likewise the distance from the mean of the crop's gray. */
  readonly contrast: number
  /** Likewise the distance from each pixel's own gray. */
  readonly saturation: number
  /** Every other image is blurred by a Gaussian, its deviation uniform in [0.1, blur] pixels of the crop. */
  readonly blur: number
  /** Probability that a rectangle, 2–33% of the crop, becomes the mean (random erasing). */
  readonly erasing: number
  /** α of Beta(α, α), which says how much of another image is mixed in, and of its label (see mixup.ts). */
  readonly mixup: number
}

/** Training augmentation (VGG §3.1). */
export interface Augmentation extends Partial<Distortions> {
  /** Side of the square crop, pixels. */
  readonly crop: number
  /** Shorter side S after isotropic rescaling, drawn per image, uniform integer in [min, max]; min ≥ crop. */
  readonly scale: { readonly min: number; readonly max: number }
  readonly mode: ResizeMode
  /** Where the crop lies; default: anywhere. `resized`: a part of random size and shape, whatever the scale (Inception). */
  readonly crops?: 'random' | 'center' | 'resized'
  /** Least share of the image's area that a resized crop shows, in (0, 1]; its width is 3/4 to 4/3 of its height. */
  readonly cropArea?: number
  /** Horizontal flip with probability ½. */
  readonly flip: boolean
  readonly colorShift: ColorShift | null
}

/** The middle of an image at shorter side `scale`: the view of validation and exports. */
export interface View {
  readonly kind: 'center'
  readonly scale: number
  readonly crop: number
  readonly mode: ResizeMode
}

/** An image resized for evaluation, whose views are cut from it. */
export interface Rendition {
  /** crop: isotropic, shorter side = scale. pad, squash: scale × scale. */
  readonly mode: ResizeMode
  readonly scale: number
  /**
   * Uses only a square of the scaled image, as large as its shorter side, at the start (left, or top), middle or end of the
   * longer one, resized to `side` pixels (GoogLeNet §7).
   */
  readonly square?: { readonly at: 'start' | 'middle' | 'end'; readonly side: number }
}

/** One image in several sizes. */
export interface RenderedImage {
  /** Position in the item list. */
  readonly position: number
  /** 8-bit, in the order of the renditions; empty where the image could not be loaded. */
  readonly images: readonly RgbImage[]
  /** Why it could not be loaded. */
  readonly failure: ErrorFact | null
}

/** What each of N images was mixed with. */
export interface Mixture {
  /** N class indices of the other images. */
  readonly labels: Int32Array
  /** N shares that the images have kept of themselves, ½ to 1: the others' are the rest. */
  readonly shares: Float32Array
}

/** A loaded micro-batch. `images` is memory of the loader: valid until the next one is asked for. */
export interface LoadedBatch {
  /** N×3×H×W, normalized. */
  readonly images: Tensor
  /** N class indices. */
  readonly labels: Int32Array
  /** Left out where images are not mixed. */
  readonly mixed?: Mixture
  /** N positions in the item list. */
  readonly items: Uint32Array
  /** Items that could not be loaded; their pixels are zero (the mean). */
  readonly failures: readonly {
    readonly position: number
    readonly path: string
    readonly reason: ErrorFact
  }[]
  /** Seconds that the caller waited for this batch. */
  readonly waited: number
}

/** Decodes in worker threads ahead of its consumer; what it yields does not depend on the number of threads. */
export interface Loader {
  /**
   * Augmented micro-batches of `order` (positions in the item list), in that order.
   * What is drawn for an image depends on (seed, epoch, its place in the epoch) alone.
   * `from` skips that many images of `order` (resume). The last micro-batch may be smaller.
   */
  training(plan: {
    readonly order: Uint32Array
    readonly from: number
    readonly microBatch: number
    readonly augmentation: Augmentation
    readonly seed: number
    readonly epoch: number
  }): AsyncGenerator<LoadedBatch, void, undefined>
  /** All items in order, not augmented. */
  views(plan: {
    readonly view: View
    readonly microBatch: number
  }): AsyncGenerator<LoadedBatch, void, undefined>
  /** Images of `order` (positions in the item list), in that order, each decoded once. */
  renditions(plan: {
    readonly renditions: readonly Rendition[]
    readonly order: Uint32Array
  }): AsyncGenerator<RenderedImage, void, undefined>
  dispose(): Promise<void>
}

export interface LoaderOptions {
  readonly items: readonly Item[]
  readonly normalization: Normalization
  /** Decode threads, ≥ 1. */
  readonly threads: number
  readonly signal?: AbortSignal
  /**
   * Decoded images are kept in this folder (made when missing, the loader's own), up to `bytes` in all and to a quarter
   * of what is free on its disk. May be deleted at any time, also while in use; what the loader yields does not depend on
   * it. For training and center views.
   */
  readonly cache?: { readonly folder: string; readonly bytes: number } | undefined
}
