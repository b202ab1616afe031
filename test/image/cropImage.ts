import { canvas, filterCrop, placementFilters, isAllPadding } from '../../core/image/crop.ts'
import type { Placement } from '../../core/image/geometry.ts'
import type { Rgb, RgbImage } from '../../core/image/types.ts'

/** The crop of an image in memory: what `loadCrop` has to give, bit for bit, for its file with `exact`. */
export function cropImage(image: RgbImage, placement: Placement, fill: Rgb): Uint8Array {
  if (isAllPadding(placement)) return canvas(placement, fill)
  const all = { left: 0, top: 0, width: image.width, height: image.height }
  return filterCrop(image.data, all, placementFilters(image, placement), placement, fill)
}
