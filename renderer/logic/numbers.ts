/** A number of any size and sign with three digits: `-6.5`, `0.0123`, `2.1e-7`. */
export function threeDigits(value: number): string {
  const size = Math.abs(value)
  return size !== 0 && (size < 1e-4 || size >= 1e6)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(3)))
}
