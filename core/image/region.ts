import type { Placement } from './geometry.ts'
import type { Region } from './resample.ts'
import type { Size } from './types.ts'

/** A try at a part of an image: its share of the area, and its width over its height. */
export interface RegionTry {
  readonly area: number
  readonly aspect: number
}

/** Widths over heights that parts have (Szegedy et al. 2015). */
export const aspects = { min: 3 / 4, max: 4 / 3 }

/**
 * The part of an image that a resized crop shows, as torchvision's RandomResizedCrop takes it: the first try that fits,
 * u, v in [0, 1) choosing among the places that it can have; else as much of the middle as the aspects allow.
 */
export function regionOf(
  { width, height }: Size,
  tries: readonly RegionTry[],
  { u, v }: { readonly u: number; readonly v: number },
): Region {
  for (const { area, aspect } of tries) {
    const part = sizeOf(area * width * height, aspect)
    if (part.width < 1 || part.height < 1 || part.width > width || part.height > height) continue
    const place = (fraction: number, slack: number): number => Math.floor(fraction * (slack + 1))
    return { left: place(u, width - part.width), top: place(v, height - part.height), ...part }
  }
  const own = width / height
  const part =
    own < aspects.min
      ? { width, height: Math.round(width / aspects.min) }
      : { width: own > aspects.max ? Math.round(height * aspects.max) : width, height }
  return {
    left: Math.floor((width - part.width) / 2),
    top: Math.floor((height - part.height) / 2),
    ...part,
  }
}

/** Whole pixels of about this area, `aspect` times as wide as high. */
export function sizeOf(area: number, aspect: number): Size {
  return { width: Math.round(Math.sqrt(area * aspect)), height: Math.round(Math.sqrt(area / aspect)) }
}

/** A part of an image resized to a square of `crop` pixels, whatever its shape. */
export function regionPlacement(part: Region, crop: number, mirror: boolean): Placement {
  return { part, resized: { width: crop, height: crop }, left: 0, top: 0, crop, mirror }
}

/**
 * A window with the same middle, `margin` pixels wider on each side: of a part, what lies around it shows too, at the
 * part's scale but for the rounding to whole pixels.
 */
export function widened(size: Size, placement: Placement, margin: number): Placement {
  const { part, crop } = placement
  const whole = part ? withoutPart(size, part, placement) : placement
  return { ...whole, left: whole.left - margin, top: whole.top - margin, crop: crop + 2 * margin }
}

/** The same window, to half a pixel, of the whole image resized. */
function withoutPart(size: Size, part: Region, { crop, mirror }: Placement): Placement {
  const [x, y] = [crop / part.width, crop / part.height]
  return {
    resized: { width: Math.round(size.width * x), height: Math.round(size.height * y) },
    left: Math.round(part.left * x),
    top: Math.round(part.top * y),
    crop,
    mirror,
  }
}
