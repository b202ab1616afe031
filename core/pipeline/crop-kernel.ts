import { placementFilters, positionInCrop, visiblePart } from '../image/crop.ts'
import type { Placement } from '../image/geometry.ts'
import type { Axis } from '../image/resample.ts'
import type { Rgb, RgbImage } from '../image/types.ts'
import { cropKernelBinary } from './crop-kernel-binary.ts'

/**
 * Crops for training: the project's one resize (image/resample.ts) and the normalization in one pass, without rounding
 * to whole levels in between. A kernel has memory of its own and belongs to one thread.
 */
export interface CropKernel {
  /** Memory for an image's pixels, to be filled and then cropped without being copied; the next call reuses it. */
  memory(bytes: number): Uint8Array
  /**
   * @param image anywhere, or in `memory`
   * @param affine each channel becomes level · factor + offset
   * @param planes 3 × crop × crop, R, G and B one after the other
   */
  crop(image: RgbImage, placement: Placement, affine: Affine, fill: Rgb, planes: Float32Array): void
}

export interface Affine {
  readonly factor: Rgb
  readonly offset: Rgb
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  mixRows(row: number, length: number, source: number, stride: number, weights: number, taps: number): void
  writeRow(
    row: number,
    starts: number,
    count: number,
    weights: number,
    taps: number,
    affine: number,
    out: number,
    step: number,
    plane: number,
  ): void
}

/** What the kernel may read beyond the end of a row of pixels or floats. */
const OVERHANG = 64

export function createCropKernel(): CropKernel {
  const { memory, mixRows, writeRow } = instantiate()
  const reserve = (bytes: number): void => {
    const missing = bytes - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536))
  }

  return {
    memory(bytes) {
      reserve(bytes)
      return new Uint8Array(memory.buffer, 0, bytes)
    },
    crop(image, placement, { factor, offset }, fill, planes) {
      const visible = visiblePart(placement)
      // Padding beside a very narrow image can be all that a crop sees.
      if (visible.width <= 0 || visible.height <= 0) return fillPlanes(planes, fill, factor, offset)
      const { x, y, source } = placementFilters(image, placement)
      const { crop, mirror } = placement
      const stride = image.width * 3
      const inside = image.data.buffer === memory.buffer
      // What lies elsewhere is copied, no more rows of it than the crop needs.
      const top = inside ? 0 : source.top
      const rows = inside ? image.data : image.data.subarray(top * stride, (top + source.height) * stride)
      const pixels = inside ? rows.byteOffset : 0
      const tables = layout(pixels + rows.length + OVERHANG, x, y, source.width, crop)
      reserve(tables.end)
      if (!inside) new Uint8Array(memory.buffer).set(rows)
      writeTables(memory.buffer, tables, { x, y, left: source.left, factor, offset })

      const out = new Float32Array(memory.buffer, tables.out, 3 * crop * crop)
      if (x.count < crop || y.count < crop) fillPlanes(out, fill, factor, offset)
      const { row, starts, xWeights, affine } = tables
      const position = positionInCrop(placement)
      const [column, step] = mirror ? [position.left + x.count - 1, -4] : [position.left, 4]
      for (let line = 0; line < y.count; line++) {
        const from = pixels + (y.start[line]! - top) * stride + source.left * 3
        const to = tables.out + 4 * ((position.top + line) * crop + column)
        mixRows(row, source.width * 3, from, stride, tables.yWeights + 4 * line * y.taps, y.taps)
        writeRow(row, starts, x.count, xWeights, x.taps, affine, to, step, 4 * crop * crop)
      }
      planes.set(out)
    },
  }
}

/** Neither TypeScript's language library nor Node's types know WebAssembly. */
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

function instantiate(): Exports {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly
  return new Instance(new Module(Buffer.from(cropKernelBinary, 'base64'))).exports as Exports
}

/** Addresses in the kernel's memory; all multiples of 16. */
interface Layout {
  readonly affine: number
  readonly starts: number
  readonly xWeights: number
  readonly yWeights: number
  readonly row: number
  readonly out: number
  readonly end: number
}

function layout(begin: number, x: Axis, y: Axis, columns: number, crop: number): Layout {
  let next = Math.ceil(begin / 16) * 16
  const take = (bytes: number): number => {
    const address = next
    next += Math.ceil(bytes / 16) * 16
    return address
  }
  return {
    affine: take(32),
    starts: take(4 * x.count),
    xWeights: take(4 * x.weights.length),
    yWeights: take(4 * y.weights.length),
    row: take(4 * 3 * columns + OVERHANG),
    out: take(4 * 3 * crop * crop),
    end: next,
  }
}

function writeTables(
  memory: ArrayBuffer,
  { affine, starts, xWeights, yWeights }: Layout,
  { x, y, left, factor, offset }: Affine & { readonly x: Axis; readonly y: Axis; readonly left: number },
): void {
  new Float32Array(memory, affine, 8).set([...factor, 0, ...offset, 0])
  const offsets = new Int32Array(memory, starts, x.count)
  for (let index = 0; index < x.count; index++) offsets[index] = (x.start[index]! - left) * 12
  new Float32Array(memory, xWeights, x.weights.length).set(x.weights)
  new Float32Array(memory, yWeights, y.weights.length).set(y.weights)
}

function fillPlanes(planes: Float32Array, fill: Rgb, factor: Rgb, offset: Rgb): void {
  const size = planes.length / 3
  fill.forEach((level, channel) => {
    const value = Math.round(level) * factor[channel as 0]! + offset[channel as 0]!
    planes.fill(value, channel * size, (channel + 1) * size)
  })
}
