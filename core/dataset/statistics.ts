import type { Rgb } from '../image/types.ts'
import { momentCount } from './measure.ts'
import type { Statistics } from './types.ts'

type Matrix = readonly [Rgb, Rgb, Rgb]

/**
 * Statistics over images of which only the moments are kept (`measure`), each image weighing the same. The covariance
 * is that of a pixel's RGB levels over the whole training set (AlexNet §4.1, VGG §3.1), which is what the color shift's
 * PCA is taken of. No image at all gives zeros and the unit axes.
 */
export function statisticsOf(images: Iterable<Float64Array>): Statistics {
  const sums = new Float64Array(momentCount)
  let count = 0
  for (const moments of images) {
    for (let index = 0; index < momentCount; index++) sums[index]! += moments[index]!
    count++
  }
  const [r, g, b, rr, gg, bb, rg, rb, gb] = sums.map((sum) => sum / Math.max(count, 1)) as unknown as number[]
  const mean: Rgb = [r!, g!, b!]
  const covariance = (product: number, i: number, j: number): number => product - mean[i]! * mean[j]!
  const variance = [covariance(rr!, 0, 0), covariance(gg!, 1, 1), covariance(bb!, 2, 2)].map((v) =>
    Math.max(0, v),
  )
  const [xy, xz, yz] = [covariance(rg!, 0, 1), covariance(rb!, 0, 2), covariance(gb!, 1, 2)]
  const matrix: Matrix = [
    [variance[0]!, xy, xz],
    [xy, variance[1]!, yz],
    [xz, yz, variance[2]!],
  ]
  const std = variance.map(Math.sqrt) as unknown as Rgb
  return { mean, std, pca: eigen(matrix) }
}

/** Eigenvalues (largest first, not negative) and unit eigenvectors of a symmetric matrix, by Jacobi rotations. */
export function eigen(matrix: Matrix): Statistics['pca'] {
  const a = matrix.map((row) => [...row])
  const vectors = [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i === j ? 1 : 0)))
  for (let sweep = 0; sweep < 50; sweep++) {
    const [p, q] = largestOffDiagonal(a)
    if (Math.abs(a[p]![q]!) <= 1e-12 * (Math.abs(a[0]![0]!) + Math.abs(a[1]![1]!) + Math.abs(a[2]![2]!)))
      break
    rotate(a, vectors, p, q)
  }
  const order = [0, 1, 2].sort((i, j) => a[j]![j]! - a[i]![i]!)
  const values = order.map((i) => Math.max(0, a[i]![i]!)) as unknown as Rgb
  return { values, vectors: order.map((i) => upward(vectors.map((row) => row[i]!))) as unknown as Matrix }
}

function largestOffDiagonal(a: readonly number[][]): [number, number] {
  const pairs: [number, number][] = [
    [0, 1],
    [0, 2],
    [1, 2],
  ]
  return pairs.reduce((best, pair) =>
    Math.abs(a[pair[0]]![pair[1]]!) > Math.abs(a[best[0]]![best[1]]!) ? pair : best,
  )
}

/** Makes a[p][q] zero; columns of `vectors` follow. */
function rotate(a: number[][], vectors: number[][], p: number, q: number): void {
  const angle = Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!) / 2
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  const turnColumns = (rows: number[][]): void => {
    for (const row of rows) [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!]
  }
  turnColumns(a)
  const [rowP, rowQ] = [[...a[p]!], [...a[q]!]]
  a[p] = rowP.map((value, j) => c * value - s * rowQ[j]!)
  a[q] = rowP.map((value, j) => s * value + c * rowQ[j]!)
  turnColumns(vectors)
}

/** An eigenvector's sign means nothing: the same one on every machine. */
function upward(vector: readonly number[]): Rgb {
  const sign = vector.reduce((sum, value) => sum + value, 0) < 0 ? -1 : 1
  return vector.map((value) => sign * value) as unknown as Rgb
}
