import type { Size } from '../ir.ts'
import {
  winogradF4,
  transposed,
  winogradF2,
  type Matrix,
  type WinogradTransforms,
} from './winogradTransforms.ts'
import type { OnnxWriter, Operand } from './writer.ts'

/**
 * 3×3 convolutions by minimal filtering in two dimensions (Lavin & Gray 2015): maps are cut into tiles of m×m outputs,
 * each the transform of (m+2)² products, summed over channels by as many matrix products. With m = 4 that is a quarter
 * of the multiplications. All transforms are products with constant matrices; V = spread(x) is what the tiles read,
 * a²×(tiles·N)×I with a = m + 2, Z = spread(dy), U the weights, a²×O×I:
 *
 *   y = gather(V·Uᵀ)    dx = gather(Z·U)    dweight = filterᵀ·(Zᵀ·V)
 */

/** Up to this many positions one product transforms a map at once; for larger ones it is done along each side. */
const positionsAtOnce = 64
/** A map this small is a tile of four, or less: smaller tiles are as fast, need less memory and are more exact. */
const smallMap = 4

/** y = conv(x, weight) + bias. */
export function winograd(writer: OnnxWriter, x: Operand, weight: Operand, bias: Operand | undefined): string {
  const tiling = tilingOf(x.shape)
  const products = writer.microsoft(
    'FusedMatMul',
    [spread(writer, tiling, x, 'input'), weightsOf(writer, tiling, weight)],
    { transB: 1 },
  )
  return gather(writer, tiling, products, weight.shape[0] as number, 'output', bias && { bias, images: x })
}

export function winogradInputGradient(writer: OnnxWriter, dy: Operand, weight: Operand): string {
  const tiling = tilingOf(dy.shape)
  const products = writer.node('MatMul', [
    spread(writer, tiling, dy, 'output'),
    weightsOf(writer, tiling, weight),
  ])
  return gather(writer, tiling, products, weight.shape[1] as number, 'input')
}

/** dweight with taps first, 9×O×I. */
export function winogradTapGradients(writer: OnnxWriter, dy: Operand, x: Operand): string {
  const tiling = tilingOf(x.shape)
  const [outputs, inputs] = [dy.shape[1] as number, x.shape[1] as number]
  const products = writer.microsoft(
    'FusedMatMul',
    [spread(writer, tiling, dy, 'output'), spread(writer, tiling, x, 'input')],
    { transA: 1 },
  )
  const flat = writer.node('Reshape', [products, writer.integers([tiling.products, -1])])
  const taps = writer.node('MatMul', [constant(writer, transposed(tiling.filter)), flat])
  return writer.node('Reshape', [taps, writer.integers([9, outputs, inputs])])
}

/** One side of a map. Both matrices have a row for each element of each tile, element by element, and size columns. */
interface Side {
  readonly size: number
  readonly tiles: number
  /** What a tile's products read of the map. */
  readonly input: Matrix
  /** What they give to it, transposed. */
  readonly output: Matrix
}

interface Tiling {
  readonly height: Side
  readonly width: Side
  /** a, and a². */
  readonly elements: number
  readonly products: number
  /** a²×9. */
  readonly filter: Matrix
}

function tilingOf(shape: readonly Size[]): Tiling {
  const [, , height, width] = shape as [Size, number, number, number]
  const filtering = Math.max(height, width) <= smallMap ? winogradF2 : winogradF4
  const elements = filtering.input.length
  return {
    height: sideOf(filtering, height),
    width: sideOf(filtering, width),
    elements,
    products: elements ** 2,
    filter: filtering.filter.flatMap((row) => filtering.filter.map((column) => outer(row, column))),
  }
}

function sideOf({ outputs, input, output }: WinogradTransforms, size: number): Side {
  const tiles = Math.ceil(size / outputs)
  const rows = (element: (position: number, index: number) => number): Matrix =>
    input.flatMap((_, index) =>
      Array.from({ length: tiles }, (_, tile) =>
        Array.from({ length: size }, (_, position) => element(position - tile * outputs, index)),
      ),
    )
  return {
    size,
    tiles,
    // A tile begins one position before its outputs: the padding.
    input: rows((position, index) => input[index]![position + 1] ?? 0),
    output: rows((position, index) => output[position]?.[index] ?? 0),
  }
}

/** U: weight O×I×3×3 → a²×O×I. */
function weightsOf(writer: OnnxWriter, { filter, products }: Tiling, weight: Operand): string {
  const [outputs, inputs] = weight.shape as [number, number]
  const rows = writer.node('Reshape', [weight.name, writer.integers([outputs * inputs, 9])])
  const flat = writer.node('Gemm', [constant(writer, filter), rows], { transB: 1 })
  return writer.node('Reshape', [flat, writer.integers([products, outputs, inputs])])
}

/** Images N×C×H×W → a²×(tiles·N)×C by the matrices `which`. */
function spread(writer: OnnxWriter, tiling: Tiling, images: Operand, which: 'input' | 'output'): string {
  const { height, width, elements, products } = tiling
  const channels = images.shape[1] as number
  const positions = height.size * width.size
  const maps = writer.node('Reshape', [images.name, writer.integers([-1, positions])])
  const tiles = writer.integers([products, -1, channels])
  if (positions <= positionsAtOnce) {
    const both = constant(writer, bothSides(tiling, which))
    return writer.node('Reshape', [writer.node('Gemm', [both, maps], { transB: 1 }), tiles])
  }
  const outward = writer.node('Transpose', [maps], { perm: [1, 0] })
  const rows = writer.node('Reshape', [outward, writer.integers([height.size, -1])])
  const down = writer.node('MatMul', [constant(writer, height[which]), rows])
  const columns = writer.node('Reshape', [down, writer.integers([elements * height.tiles, width.size, -1])])
  const across = writer.node('MatMul', [constant(writer, width[which]), columns])
  const apart = writer.node('Reshape', [across, writer.integers([elements, height.tiles, elements, -1])])
  return writer.node('Reshape', [writer.node('Transpose', [apart], { perm: [0, 2, 1, 3] }), tiles])
}

/** The transpose of spread: a²×(tiles·N)×C → N×C×H×W, plus `bias`. */
function gather(
  writer: OnnxWriter,
  tiling: Tiling,
  tiles: string,
  channels: number,
  which: 'input' | 'output',
  added?: { readonly bias: Operand; readonly images: Operand },
): string {
  const { height, width, elements, products } = tiling
  const images = writer.integers([-1, channels, height.size, width.size])
  if (height.size * width.size <= positionsAtOnce) {
    const rows = writer.node('Reshape', [tiles, writer.integers([products * height.tiles * width.tiles, -1])])
    const both = constant(writer, bothSides(tiling, which))
    const bias = added ? [repeated(writer, added, [], [-1, 1])] : []
    return writer.node('Reshape', [writer.node('Gemm', [rows, both, ...bias], { transA: 1 }), images])
  }
  const apart = writer.node('Reshape', [tiles, writer.integers([elements, elements, height.tiles, -1])])
  const lines = writer.node('Reshape', [
    writer.node('Transpose', [apart], { perm: [0, 2, 1, 3] }),
    writer.integers([elements * height.tiles, elements * width.tiles, -1]),
  ])
  const across = writer.node('MatMul', [constant(writer, transposed(width[which])), lines])
  const columns = writer.node('Reshape', [across, writer.integers([elements * height.tiles, -1])])
  const bias = added ? [repeated(writer, added, [width.size], [1, -1])] : []
  const down = writer.node('Gemm', [constant(writer, height[which]), columns, ...bias], { transA: 1 })
  const outward = writer.node('Reshape', [down, writer.integers([height.size * width.size, -1])])
  return writer.node('Reshape', [writer.node('Transpose', [outward], { perm: [1, 0] }), images])
}

/** The bias of each channel, for each image (and before that for each of `times`), as `shape`. */
function repeated(
  writer: OnnxWriter,
  { bias, images }: { readonly bias: Operand; readonly images: Operand },
  times: readonly number[],
  shape: readonly number[],
): string {
  const count = writer.node('Shape', [images.name], { start: 0, end: 1 })
  const sizes = [
    ...(times.length > 0 ? [writer.integers(times)] : []),
    count,
    writer.integers(bias.shape as number[]),
  ]
  const expanded = writer.node('Expand', [bias.name, writer.node('Concat', sizes, { axis: 0 })])
  return writer.node('Reshape', [expanded, writer.integers(shape)])
}

/** Height's and width's matrices as one: a row for each pair of elements and, within it, each tile. */
function bothSides({ height, width, elements }: Tiling, which: 'input' | 'output'): Matrix {
  const pairs = (count: number): [number, number][] =>
    Array.from({ length: count ** 2 }, (_, index) => [Math.floor(index / count), index % count])
  return pairs(elements).flatMap(([down, across]) =>
    Array.from({ length: height.tiles * width.tiles }, (_, tile) => {
      const row = height[which][down * height.tiles + Math.floor(tile / width.tiles)]!
      const column = width[which][across * width.tiles + (tile % width.tiles)]!
      return outer(row, column)
    }),
  )
}

const outer = (column: readonly number[], row: readonly number[]): number[] =>
  column.flatMap((a) => row.map((b) => a * b))

function constant(writer: OnnxWriter, matrix: Matrix): string {
  return writer.floats(matrix.flat(), [matrix.length, matrix[0]!.length])
}
