import { acceptedFormat, pixelsOf, readImageFile } from './codec.ts'
import { inFile } from './errors.ts'
import { imageLimits } from './types.ts'

/** Longer side in pixels at which sharpness is measured: pictures of all sizes are asked the same. */
const side = 256

/**
 * How sharp a picture is: the variance of the Laplacian (4 neighbors) of its luma, in 8-bit levels², at a longer side of
 * at most 256 pixels (Pech-Pacheco et al. 2000). Higher is sharper; noise counts as detail.
 * @throws StudioError with a code of `ImageProblem`
 */
export function sharpnessOf(path: string): Promise<number> {
  return inFile(path, async () => {
    const bytes = await readImageFile(path, imageLimits)
    const encoded = { bytes, format: acceptedFormat(bytes), limits: imageLimits }
    const small = await pixelsOf(encoded, (image) =>
      image.resize(side, side, { fit: 'inside', withoutEnlargement: true }),
    )
    return laplacianVariance(small)
  })
}

/** @param data RGB, rows from the top; 0 for pictures without an inner pixel */
function laplacianVariance({
  data,
  width,
  height,
}: {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}): number {
  const luma = Float64Array.from(
    { length: width * height },
    (_, at) => 0.299 * data[3 * at]! + 0.587 * data[3 * at + 1]! + 0.114 * data[3 * at + 2]!,
  )
  let [count, sum, squares] = [0, 0, 0]
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      const value = luma[at - 1]! + luma[at + 1]! + luma[at - width]! + luma[at + width]! - 4 * luma[at]!
      count++
      sum += value
      squares += value * value
    }
  }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2
}
