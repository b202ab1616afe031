import { pageSize, WebAssembly } from '../../base/webAssembly.ts'
import { regressionKernelBinary } from './regressionKernelBinary.ts'

/** Rows that the kernel takes at a time: with a few thousand numbers each they stay in the processor's cache. */
const block = 64

export interface RegressionKernelOptions {
  readonly classes: number
  /** Numbers of an example. */
  readonly size: number
}

/** Products of examples (floats) with coefficients and errors (doubles), a block of rows at a time. */
export interface RegressionKernel {
  /** @param weights K×F */
  setWeights(weights: Float64Array): void
  /**
   * Goes through N×F examples.
   * @param eachRow gets the row's K products with the weights, which hold until the next row
   */
  products(values: Float32Array, eachRow: (row: number, products: Float64Array) => void): void
  /**
   * The same, and K×F: Σ errors[row][k] · values[row][i] of all rows.
   * @param toErrors puts the row's errors in place of its products
   */
  gradient(values: Float32Array, toErrors: (row: number, products: Float64Array) => void): Float64Array
}

/** @throws RangeError where memory for K×F doubles, twice, cannot be had */
export function openRegressionKernel({ classes, size }: RegressionKernelOptions): RegressionKernel {
  // The kernel's loops have no rests: what is behind the last class, number or row is zero.
  const [columns, width] = [roundedUp(classes, 4), roundedUp(size, 2)]
  const lengths = {
    weights: 8 * columns * width,
    gradient: 8 * columns * width,
    products: 8 * block * columns,
    examples: 4 * block * width,
  }
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(Object.values(lengths).reduce((a, b) => a + b) / pageSize),
  })
  const at = {
    weights: 0,
    gradient: lengths.weights,
    products: 2 * lengths.weights,
    examples: 2 * lengths.weights + lengths.products,
  }
  const { scores, addGradient } = new WebAssembly.Instance(kernel(), { regression: { memory } })
    .exports as KernelFunctions
  const weights = new Float64Array(memory.buffer, at.weights, columns * width)
  const gradient = new Float64Array(memory.buffer, at.gradient, columns * width)
  const products = new Float64Array(memory.buffer, at.products, block * columns)
  const examples = new Float32Array(memory.buffer, at.examples, block * width)
  const ofRow = Array.from({ length: block }, (_, row) =>
    products.subarray(row * columns, row * columns + classes),
  )

  function eachBlock(
    values: Float32Array,
    eachRow: (row: number, products: Float64Array) => void,
    andThen: (rows: number) => void = () => undefined,
  ): void {
    const count = values.length / size
    for (let start = 0; start < count; start += block) {
      const rows = Math.min(block, count - start)
      if (rows < block) examples.fill(0)
      for (let row = 0; row < rows; row++) {
        const first = (start + row) * size
        examples.set(values.subarray(first, first + size), row * width)
      }
      const padded = roundedUp(rows, 4)
      scores(at.examples, at.weights, at.products, padded, columns, width)
      for (let row = 0; row < rows; row++) eachRow(start + row, ofRow[row]!)
      andThen(padded)
    }
  }

  return {
    setWeights(given) {
      for (let k = 0; k < classes; k++) weights.set(given.subarray(k * size, (k + 1) * size), k * width)
    },
    products: (values, eachRow) => eachBlock(values, eachRow),
    gradient(values, toErrors) {
      gradient.fill(0)
      eachBlock(values, toErrors, (rows) =>
        addGradient(at.examples, at.products, at.gradient, rows, columns, width),
      )
      const result = new Float64Array(classes * size)
      for (let k = 0; k < classes; k++) result.set(gradient.subarray(k * width, k * width + size), k * size)
      return result
    },
  }
}

/** regressionKernel.wat's functions, which see. */
type KernelFunctions = Record<
  'scores' | 'addGradient',
  (examples: number, other: number, result: number, rows: number, classes: number, size: number) => void
>

let compiled: object | undefined
const kernel = (): object =>
  (compiled ??= new WebAssembly.Module(Buffer.from(regressionKernelBinary, 'base64')))

const roundedUp = (value: number, step: number): number => Math.ceil(value / step) * step
