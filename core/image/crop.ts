import type { Placement } from './geometry.ts'
import { axis, resample, sourceRegion, type Axis, type Region } from './resample.ts'
import type { Rgb, Size } from './types.ts'

/** The part of a placement's window that lies on the resized image; in pixels of the resized image. */
export function visiblePart({ resized, left, top, crop }: Placement): Region {
  const x = overlap(left, crop, resized.width)
  const y = overlap(top, crop, resized.height)
  return { left: x.first, top: y.first, width: x.count, height: y.count }
}

/** Padding beside a very narrow image can be all that a crop sees. */
export function isAllPadding(placement: Placement): boolean {
  const { width, height } = visiblePart(placement)
  return width === 0 || height === 0
}

function overlap(offset: number, crop: number, side: number): { first: number; count: number } {
  const first = Math.max(0, offset)
  return { first, count: Math.max(0, Math.min(side, offset + crop) - first) }
}

/** What computes the visible part from an image of `size`, and the part of that image which it reads. */
export interface Filters {
  readonly x: Axis
  readonly y: Axis
  readonly source: Region
}

export function placementFilters(size: Size, placement: Placement): Filters {
  const visible = visiblePart(placement)
  const { resized, part = { left: 0, top: 0, ...size } } = placement
  const x = movedBy(part.left, axis(part.width, resized.width, visible.left, visible.width))
  const y = movedBy(part.top, axis(part.height, resized.height, visible.top, visible.height))
  return { x, y, source: sourceRegion(x, y) }
}

/** A filter for a part of an image, for the image itself. */
function movedBy(offset: number, filter: Axis): Axis {
  return offset === 0 ? filter : { ...filter, start: filter.start.map((first) => first + offset) }
}

/** crop × crop RGB from pixels that hold exactly `region` of the image. */
export function filterCrop(
  pixels: Uint8Array,
  region: Region,
  { x, y }: Filters,
  placement: Placement,
  fill: Rgb,
): Uint8Array {
  const data = canvas(placement, fill)
  const { left, top } = positionInCrop(placement)
  resample(pixels, region, x, y, { data, stride: placement.crop, left, top, mirror: placement.mirror })
  return data
}

/** Where the visible part lies in the (possibly mirrored) crop. */
export function positionInCrop(placement: Placement): { left: number; top: number } {
  const visible = visiblePart(placement)
  const inset = visible.left - placement.left
  return {
    left: placement.mirror ? placement.crop - inset - visible.width : inset,
    top: visible.top - placement.top,
  }
}

/** A crop's bytes, filled where the image will not cover them. */
export function canvas(placement: Placement, fill: Rgb): Uint8Array {
  const { crop } = placement
  const { width, height } = visiblePart(placement)
  const data = new Uint8Array(crop * crop * 3)
  if (width < crop || height < crop)
    for (let index = 0; index < data.length; index++) data[index] = Math.round(fill[index % 3]!)
  return data
}
