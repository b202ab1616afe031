/**
 * Exact two-sided McNemar test of two classifiers on the same images: of the images that exactly one of them gets
 * right, how unlikely is so uneven a share when both are equally good? Under that hypothesis the smaller count is
 * binomial(n, ½); the tail is doubled and at most 1 (McNemar 1947; exact form as in statsmodels' `mcnemar`). No
 * approximation at any n.
 * @param onlyFirst images that only the first gets right
 * @param onlySecond images that only the second gets right
 * @returns the p-value, 0–1; 1 where the two never differ
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond
  return Math.min(1, 2 * halfBinomialTail(Math.min(onlyFirst, onlySecond), n))
}

/** P(X ≤ k) of a binomial(n, ½), k ≤ n / 2: from the largest term down, each a ratio of the one before. */
function halfBinomialTail(k: number, n: number): number {
  let term = 1
  let sum = 1
  for (let index = k; index > 0 && term > sum * 1e-18; index--) {
    term *= index / (n - index + 1)
    sum += term
  }
  return halfBinomialTerm(k, n) * sum
}

/**
 * C(n, k) / 2ⁿ by Loader's saddle-point form (2000, "Fast and accurate computation of binomial probabilities"), which
 * subtracts no large logarithms and so keeps its digits at every n.
 */
function halfBinomialTerm(k: number, n: number): number {
  if (k === 0 || k === n) return 2 ** -n
  const half = n / 2
  const exponent =
    stirlingError(n) - stirlingError(k) - stirlingError(n - k) - deviance(k, half) - deviance(n - k, half)
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)))
}

/** ln n! − ln(√(2πn) (n/e)ⁿ). */
function stirlingError(n: number): number {
  if (n < 16) return logFactorial(n) - 0.5 * Math.log(2 * Math.PI * n) - n * Math.log(n) + n
  const square = n * n
  return (
    (1 / 12 -
      (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - 691 / 360360 / square) / square) / square) / square) /
        square) /
    n
  )
}

function logFactorial(n: number): number {
  let product = 1
  for (let factor = 2; factor <= n; factor++) product *= factor
  return Math.log(product)
}

/** x ln(x / mean) + mean − x, by its series where the two are close. */
function deviance(x: number, mean: number): number {
  const difference = x - mean
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference
  const ratio = difference / (x + mean)
  let sum = difference * ratio
  let power = 2 * x * ratio
  for (let odd = 3; ; odd += 2) {
    power *= ratio * ratio
    const next = sum + power / odd
    if (next === sum) return sum
    sum = next
  }
}
