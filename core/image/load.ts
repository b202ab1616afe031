import { acceptedFormat, pixelsOf, readImageFile, readMetadata, type Encoded } from './codec.ts'
import { canvas, filterCrop, placementFilters, positionInCrop, isAllPadding, visiblePart } from './crop.ts'
import { inFile } from './errors.ts'
import type { Placement } from './geometry.ts'
import { jpegHeader } from './jpegHeader.ts'
import { imageLimits, type ImageLimits, type Rgb, type RgbImage, type Size } from './types.ts'

export interface LoadOptions {
  /**
   * true: bit for bit the crop of the decoded image (evaluation, prediction).
   * false: large JPEG and WebP files may be decoded at reduced size, which is faster and slightly different (training).
   */
  readonly exact: boolean
  /** Color of pixels outside the image, levels 0–255 (the training mean). */
  readonly fill: Rgb
  readonly limits?: ImageLimits
}

/**
 * crop × crop RGB bytes of an image file, rows from the top. `choose` gets the image's size as seen (upright) and
 * says where the crop lies. Only the pixels that the crop needs are resized. Throws StudioError with a code of
 * `ImageProblem`; the message begins with the path.
 */
export function loadCrop(
  path: string,
  choose: (size: Size) => Placement,
  options: LoadOptions,
): Promise<Uint8Array> {
  const limits = options.limits ?? imageLimits
  return inFile(path, async () => {
    const bytes = await readImageFile(path, limits)
    const encoded = { bytes, format: acceptedFormat(bytes), limits }
    const size = await seenSize(encoded)
    const placement = choose(size)
    if (isAllPadding(placement)) return canvas(placement, options.fill)
    return !options.exact && shrinksOnLoad(encoded, size, placement.resized)
      ? shrunkCrop(encoded, placement, options.fill)
      : exactCrop(encoded, size, placement, options.fill)
  })
}

/** Width and height after EXIF orientation. */
export async function seenSize(encoded: Encoded): Promise<Size> {
  const quick = encoded.format === 'jpeg' ? jpegHeader(encoded.bytes)?.size : undefined
  return quick ?? (await readMetadata(encoded)).autoOrient
}

async function exactCrop(encoded: Encoded, size: Size, placement: Placement, fill: Rgb): Promise<Uint8Array> {
  const filters = placementFilters(size, placement)
  const { data } = await pixelsOf(encoded, (image) => image.extract(filters.source))
  return filterCrop(data, filters.source, filters, placement, fill)
}

/** libvips reads a JPEG at half its size from a shrink of 3 on, at a quarter from 5 on. */
export function shrinksOnLoad({ format }: Encoded, size: Size, resized: Size): boolean {
  const shrink = Math.min(size.width / resized.width, size.height / resized.height)
  return (format === 'jpeg' || format === 'webp') && shrink >= 3
}

/** Decoded at reduced size and resized by libvips, which computes no more than the extracted part. */
async function shrunkCrop(encoded: Encoded, placement: Placement, fill: Rgb): Promise<Uint8Array> {
  const { resized, crop, mirror } = placement
  const visible = visiblePart(placement)
  // libvips mirrors before it extracts.
  const left = mirror ? resized.width - visible.left - visible.width : visible.left
  const pixels = await pixelsOf(encoded, (image) =>
    image
      .resize(resized.width, resized.height, { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: true })
      .flop(mirror)
      .extract({ ...visible, left }),
  )
  return pixels.width === crop && pixels.height === crop ? pixels.data : pasted(pixels, placement, fill)
}

function pasted(pixels: RgbImage, placement: Placement, fill: Rgb): Uint8Array {
  const data = canvas(placement, fill)
  const { left, top } = positionInCrop(placement)
  const length = pixels.width * 3
  for (let line = 0; line < pixels.height; line++) {
    const row = pixels.data.subarray(line * length, (line + 1) * length)
    data.set(row, ((top + line) * placement.crop + left) * 3)
  }
  return data
}
