import { coefficientCount, parseFingerprint } from './fingerprint.ts'

/**
 * Features of images that tell which look alike, `featureCount` numbers each: the lowest frequencies of the gray picture and
 * the mean color (fingerprint.ts), on scales on which both count. NaN where nothing is known of an image.
 */
export const featureCount = coefficientCount + 3

export function featuresOf(fingerprints: readonly (string | null)[]): Float32Array {
  const all = new Float32Array(fingerprints.length * featureCount).fill(NaN)
  fingerprints.forEach((text, image) => {
    if (text === null) return
    const { vector, color } = parseFingerprint(text)
    all.set(vector, image * featureCount)
    all.set(
      color.map((level) => level / 255),
      image * featureCount + coefficientCount,
    )
  })
  return all
}

/**
 * Images by how much they look like one of them, which is the first; those that nothing is known of come last.
 * @param features of all images, see featuresOf
 * @param images positions
 */
export function bySimilarity(features: Float32Array, images: readonly number[], like: number): number[] {
  const start = like * featureCount
  const squares = Float64Array.from(images, (image) => {
    if (image === like) return -1
    let sum = 0
    for (let at = 0; at < featureCount; at++)
      sum += (features[image * featureCount + at]! - features[start + at]!) ** 2
    return Number.isNaN(sum) ? Infinity : sum
  })
  const order = Uint32Array.from(images.keys())
  order.sort((a, b) => (squares[a] === squares[b] ? a - b : squares[a]! - squares[b]!))
  return Array.from(order, (index) => images[index]!)
}
