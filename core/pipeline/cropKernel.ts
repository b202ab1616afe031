import { placementFilters, positionInCrop, isAllPadding, visiblePart, type Filters } from '../image/crop.ts'
import type { Placement } from '../image/geometry.ts'
import type { Rgb, RgbImage, Size } from '../image/types.ts'
import { instantiate, type KernelExports } from './cropKernelModule.ts'

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
  /** What image/resize.ts gives, but for levels that lie halfway between two whole ones. */
  resize(image: RgbImage, size: Size): RgbImage
}

export interface Affine {
  readonly factor: Rgb
  readonly offset: Rgb
}

/** What the kernel may read beyond the end of a row of pixels or floats. */
const OVERHANG = 64

export function openCropKernel(): CropKernel {
  const kernel = instantiate()
  return {
    memory(bytes) {
      reserve(kernel, bytes)
      return new Uint8Array(kernel.memory.buffer, 0, bytes)
    },
    crop: (...input) => crop(kernel, ...input),
    resize: (image, size) => resize(kernel, image, size),
  }
}

function crop(
  kernel: KernelExports,
  image: RgbImage,
  placement: Placement,
  { factor, offset }: Affine,
  fill: Rgb,
  planes: Float32Array,
): void {
  const visible = visiblePart(placement)
  if (isAllPadding(placement)) return fillPlanes(planes, fill, { factor, offset })
  const { crop: side, mirror } = placement
  const filters = placementFilters(image, placement)
  const { mixLine, tables, end } = load(kernel, image, filters, 32 + 4 * planes.length)
  const [affine, first] = [end, end + 32]
  const { memory, writeRow } = kernel
  new Float32Array(memory.buffer, affine, 8).set([...factor, 0, ...offset, 0])
  const out = new Float32Array(memory.buffer, first, planes.length)
  if (visible.width < side || visible.height < side) fillPlanes(out, fill, { factor, offset })

  const { x, y } = filters
  const position = positionInCrop(placement)
  const [column, step] = mirror ? [position.left + x.count - 1, -4] : [position.left, 4]
  for (let line = 0; line < y.count; line++) {
    mixLine(line)
    const to = first + 4 * ((position.top + line) * side + column)
    const { row, starts, xWeights } = tables
    writeRow(row, starts, x.count, xWeights, x.taps, affine, to, step, 4 * side * side)
  }
  planes.set(out)
}

function resize(kernel: KernelExports, image: RgbImage, { width, height }: Size): RgbImage {
  const whole = { resized: { width, height }, left: 0, top: 0, crop: Math.max(width, height), mirror: false }
  const { x, y, source } = placementFilters(image, whole)
  const bytes = width * height * 3
  const { mixLine, tables, end } = load(kernel, image, { x, y, source }, bytes)
  for (let line = 0; line < height; line++) {
    mixLine(line)
    kernel.writeLevels(tables.row, tables.starts, width, tables.xWeights, x.taps, end + line * width * 3)
  }
  return { width, height, data: new Uint8Array(kernel.memory.buffer, end, bytes).slice() }
}

/** Addresses of the filters and of a line of floats in the kernel's memory. */
interface Tables {
  readonly starts: number
  readonly xWeights: number
  readonly yWeights: number
  readonly row: number
}

interface Loaded {
  readonly tables: Tables
  /** Where `room` bytes are free. */
  readonly end: number
  /** The vertical filter for a line of the result, into tables.row. */
  mixLine(line: number): void
}

/** Brings pixels and filters into the kernel's memory. */
function load(kernel: KernelExports, image: RgbImage, { x, y, source }: Filters, room: number): Loaded {
  const { memory, mixRows } = kernel
  const stride = image.width * 3
  const inside = image.data.buffer === memory.buffer
  // What lies elsewhere is copied, no more rows of it than are needed.
  const top = inside ? 0 : source.top
  const rows = inside ? image.data : image.data.subarray(top * stride, (top + source.height) * stride)
  const pixels = inside ? rows.byteOffset : 0

  let next = pixels + rows.length + OVERHANG
  const take = (bytes: number): number => {
    const address = Math.ceil(next / 16) * 16
    next = address + bytes
    return address
  }
  const tables = {
    starts: take(4 * x.count),
    xWeights: take(4 * x.weights.length),
    yWeights: take(4 * y.weights.length),
    row: take(4 * 3 * source.width + OVERHANG),
  }
  const end = take(room)
  reserve(kernel, next)
  if (!inside) new Uint8Array(memory.buffer).set(rows)
  const offsets = new Int32Array(memory.buffer, tables.starts, x.count)
  for (let index = 0; index < x.count; index++) offsets[index] = (x.start[index]! - source.left) * 12
  new Float32Array(memory.buffer, tables.xWeights, x.weights.length).set(x.weights)
  new Float32Array(memory.buffer, tables.yWeights, y.weights.length).set(y.weights)

  const mixLine = (line: number): void => {
    const from = pixels + (y.start[line]! - top) * stride + source.left * 3
    mixRows(tables.row, source.width * 3, from, stride, tables.yWeights + 4 * line * y.taps, y.taps)
  }
  return { tables, end, mixLine }
}

function reserve({ memory }: KernelExports, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536))
}

function fillPlanes(planes: Float32Array, fill: Rgb, { factor, offset }: Affine): void {
  const size = planes.length / 3
  for (const channel of [0, 1, 2] as const) {
    const value = Math.round(fill[channel]) * factor[channel] + offset[channel]
    planes.fill(value, channel * size, (channel + 1) * size)
  }
}
