import type { Region } from './resample.ts'
import { isPadded, type ResizeMode, type Size } from './types.ts'

/**
 * How an image becomes a square input, in two steps: the whole image is resized to `resized`, then the window of
 * `crop` × `crop` pixels whose corner is (left, top) is cut from it. The window may reach outside the resized image
 * (padding, or a crop larger than the scale): those pixels get the fill color.
 */
export interface Placement {
  /** Part of the image that is resized to `resized`, in its pixels; default: all of it. */
  readonly part?: Region
  readonly resized: Size
  readonly left: number
  readonly top: number
  readonly crop: number
  /** Mirrored left to right. */
  readonly mirror: boolean
}

/** The part of a placement that does not depend on the image. `scale` is S (training) or Q (test) of the paper, in pixels. */
export interface Framing {
  readonly mode: ResizeMode
  readonly scale: number
  readonly crop: number
}

/** Isotropic rescaling: the shorter side becomes `shorter`, the longer one is rounded to a whole pixel. */
export function isotropic({ width, height }: Size, shorter: number): Size {
  const ratio = shorter / Math.min(width, height)
  return width <= height
    ? { width: shorter, height: Math.round(height * ratio) }
    : { width: Math.round(width * ratio), height: shorter }
}

/**
 * The size of the image's content at `scale`. crop: shorter side = scale. pad, pad-white: longer side = scale (the rest of the
 * scale × scale square is fill). squash: scale × scale whatever the aspect ratio. Smaller images are enlarged.
 */
export function resizedSize(size: Size, mode: ResizeMode, scale: number): Size {
  if (mode === 'crop') return isotropic(size, scale)
  if (mode === 'squash') return { width: scale, height: scale }
  const ratio = scale / Math.max(size.width, size.height)
  const fit = (side: number): number => Math.max(1, Math.round(side * ratio))
  return { width: fit(size.width), height: fit(size.height) }
}

/** The middle of the image, not mirrored: what evaluation, prediction and exports see. */
export function centerPlacement(size: Size, framing: Framing): Placement {
  return placementOf(size, framing, (slack) => Math.floor(slack / 2), false)
}

/**
 * A training crop: u, v in [0, 1) choose the window's column and row uniformly among all that lie in the canvas
 * (the resized image; for pad the square).
 */
export function randomPlacement(
  size: Size,
  framing: Framing,
  { u, v, mirror }: { readonly u: number; readonly v: number; readonly mirror: boolean },
): Placement {
  const draw = (fraction: number, slack: number): number =>
    slack < 0 ? Math.floor(slack / 2) : Math.floor(fraction * (slack + 1))
  return placementOf(size, framing, (slack, axis) => draw(axis === 'x' ? u : v, slack), mirror)
}

function placementOf(
  size: Size,
  { mode, scale, crop }: Framing,
  offset: (slack: number, axis: 'x' | 'y') => number,
  mirror: boolean,
): Placement {
  const resized = resizedSize(size, mode, scale)
  const canvas = isPadded(mode) ? { width: scale, height: scale } : resized
  const inset = (outer: number, inner: number): number => Math.floor((outer - inner) / 2)
  return {
    resized,
    left: offset(canvas.width - crop, 'x') - inset(canvas.width, resized.width),
    top: offset(canvas.height - crop, 'y') - inset(canvas.height, resized.height),
    crop,
    mirror,
  }
}
