/** 8-bit sRGB, rows from the top, R G B interleaved; `data.length` = width · height · 3. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

export type Rgb = readonly [number, number, number]

/** Whole pixels, ≥ 1. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** How an image of any aspect ratio becomes a square input: crop a part, pad to a square with the mean or white, or squash. */
export const resizeModes = ['crop', 'pad', 'pad-white', 'squash'] as const
export type ResizeMode = (typeof resizeModes)[number]

export const isPadded = (mode: ResizeMode): boolean => mode === 'pad' || mode === 'pad-white'

/** The color beside an image. @param mean of the levels, 0–255, which normalization makes 0 */
export const fillOf = (mode: ResizeMode, mean: Rgb): Rgb => (mode === 'pad-white' ? [255, 255, 255] : mean)

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif'

/** Facts of a file without its pixels. Width and height are as seen, after EXIF orientation. */
export interface ImageInfo {
  readonly format: ImageFormat
  readonly width: number
  readonly height: number
  readonly colorMode: 'rgb' | 'grayscale' | 'palette' | 'cmyk' | 'other'
  readonly alpha: boolean
  /** Bits per channel: 8 or 16 (1, 2, 4 count as 8; 10, 12 as 16). */
  readonly bits: number
  readonly bytes: number
}

export interface ImageLimits {
  /** width × height. Default 100 million. */
  readonly pixels: number
  /** File size. Default 200 MB. */
  readonly bytes: number
  /** Whole seconds that decoding may take. Default 30. */
  readonly seconds: number
}

export const imageLimits: ImageLimits = { pixels: 100_000_000, bytes: 200_000_000, seconds: 30 }
