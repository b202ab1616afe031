/**
 * Seeded random numbers: xoshiro128** (Blackman & Vigna 2018), seeded through splitmix32.
 * A stream is named by a list of integers, so that what an image or a layer draws depends on
 * (seed, purpose, epoch, index) alone and never on the order or the thread in which it is drawn.
 */
export interface Random {
  /** Uniform 32-bit unsigned integer. */
  uint32(): number
  /** Uniform in [0, 1), 2^-32 apart. */
  uniform(): number
  /** Uniform integer in [0, bound). `bound` in 1..2^32. */
  integer(bound: number): number
  /** Standard normal, Box–Muller. */
  normal(): number
}

export function random(...stream: readonly number[]): Random {
  let hash = 0x9e3779b9
  const mix = (value: number): number => {
    hash = (hash + 0x9e3779b9) | 0
    let z = hash ^ value
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    hash = z ^ (z >>> 15)
    return hash
  }
  for (const value of stream) {
    mix(value | 0)
    mix(Math.floor(value / 0x100000000) | 0)
  }
  let a = mix(1)
  let b = mix(2)
  let c = mix(3)
  let d = mix(4) | 1
  let spare: number | undefined

  function uint32(): number {
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = (d << 11) | (d >>> 21)
    return result >>> 0
  }

  const uniform = (): number => uint32() / 0x100000000

  return {
    uint32,
    uniform,
    integer: (bound) => Math.floor(uniform() * bound),
    normal() {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
      const angle = 2 * Math.PI * uniform()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
  }
}

/** 0 … count−1 in random order (Fisher–Yates). */
export function permutation(count: number, source: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  for (let index = count - 1; index > 0; index--) {
    const other = source.integer(index + 1)
    const kept = order[index]!
    order[index] = order[other]!
    order[other] = kept
  }
  return order
}
