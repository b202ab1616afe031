export type Matrix = readonly (readonly number[])[]

/**
 * F(m, 3): m outputs of a three-tap filter by m + 2 products instead of 3·m:
 * y = Aᵀ[(G·g) ⊙ (Bᵀ·d)] for the filter g and the m + 2 inputs d (Lavin & Gray, "Fast Algorithms for Convolutional
 * Neural Networks", 2015, section 4).
 */
export interface WinogradTransforms {
  /** m. */
  readonly outputs: number
  /** Bᵀ, (m+2)×(m+2). */
  readonly input: Matrix
  /** G, (m+2)×3. */
  readonly filter: Matrix
  /** Aᵀ, m×(m+2). */
  readonly output: Matrix
}

/** The steps Cook and Toom's way: polynomials are multiplied by their values at these points and at infinity. */
function cookToom(points: readonly number[]): WinogradTransforms {
  const outputs = points.length - 1
  const powers = (point: number, count: number): number[] =>
    Array.from({ length: count }, (_, power) => point ** power)
  const others = (point: number): number[] => points.filter((other) => other !== point)
  const columns = [
    ...points.map((point) => powers(point, outputs)),
    Array.from({ length: outputs }, (_, row) => (row === outputs - 1 ? 1 : 0)),
  ]
  return {
    outputs,
    input: [...points.map((point) => [...monic(others(point)), 0]), monic(points)],
    filter: [
      ...points.map((point) => {
        const scale = others(point).reduce((product, other) => product * (point - other), 1)
        return powers(point, 3).map((power) => power / scale)
      }),
      [0, 0, 1],
    ],
    output: transposed(columns),
  }
}

export const winogradF2 = cookToom([0, 1, -1])
/** Points as in oneDNN, exact in binary: the error is 2.5 times that of `two`; with 0, ±1, ±2 it would be six times. */
export const winogradF4 = cookToom([0, 5 / 8, -5 / 8, 3 / 2, -3 / 2])

export function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!))
}

/** Coefficients of Π (x − root), lowest power first. */
function monic(roots: readonly number[]): number[] {
  return roots.reduce<number[]>(
    (polynomial, root) =>
      Array.from(
        { length: polynomial.length + 1 },
        (_, power) => (polynomial[power - 1] ?? 0) - root * (polynomial[power] ?? 0),
      ),
    [1],
  )
}
