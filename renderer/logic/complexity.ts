/** `15.470`, `0.00046`: in 10⁹, as papers have operations, and small ones with three digits. */
export const billions = (value: number): string => scaled(value / 1e9, 3)

/** `138.36`, `0.0312`: in 10⁶. */
export const millions = (value: number): string => scaled(value / 1e6, 2)

const scaled = (value: number, digits: number): string =>
  value === 0 || value >= 0.1 ? value.toFixed(digits) : String(Number(value.toPrecision(3)))
