/**
 * The project's one definition of resize: linear kernel, antialiased, half-pixel centers. It equals ONNX `Resize`
 * (mode linear, antialias, half_pixel) and Pillow's BILINEAR to half a level, rounded once at the end. libvips is not
 * used for it: its linear kernel differs by up to 10 levels when it shrinks much, and by half a pixel when it enlarges.
 *
 * Only a window of the resized image is ever computed, from only that part of the source that the window needs.
 */

/** A rectangle in whole pixels. */
export interface Region {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** The filter along one axis: output i is Σ weights[i·taps + k] · source[start[i] + k]. */
export interface Axis {
  readonly count: number
  readonly taps: number
  readonly start: Int32Array
  readonly weights: Float64Array
}

/**
 * The filter for outputs first … first+count−1 of `source` pixels resized to `target`; all within the target.
 * Every output gets the same number of taps, shifted to stay inside the source and padded with zero weights.
 */
export function axis(source: number, target: number, first: number, count: number): Axis {
  const scale = source / target
  const support = Math.max(scale, 1)
  const taps = Math.min(source, Math.ceil(2 * support) + 1)
  const start = new Int32Array(count)
  const weights = new Float64Array(count * taps)
  for (let index = 0; index < count; index++) {
    const center = (first + index + 0.5) * scale
    const from = Math.max(0, Math.min(source - taps, Math.floor(center - support + 0.5)))
    start[index] = from
    fillTriangle(weights.subarray(index * taps, (index + 1) * taps), center - from - 0.5, support)
  }
  return trimmed({ count, taps, start, weights })
}

/** Weights of a triangle around `center` (in taps), half as wide as its base, with sum 1. */
function fillTriangle(weights: Float64Array, center: number, support: number): void {
  let sum = 0
  for (let tap = 0; tap < weights.length; tap++) {
    const weight = Math.max(0, 1 - Math.abs(tap - center) / support)
    weights[tap] = weight
    sum += weight
  }
  for (let tap = 0; tap < weights.length; tap++) weights[tap]! /= sum
}

/** Drops the last taps while no output uses them (they cost as much as the others). */
function trimmed(filter: Axis): Axis {
  const { count } = filter
  let { taps, weights } = filter
  for (;;) {
    const last = taps - 1
    for (let index = 0; index < count; index++)
      if (weights[index * taps + last] !== 0) return { ...filter, taps, weights }
    const narrower = new Float64Array(count * last)
    for (let index = 0; index < count; index++)
      narrower.set(weights.subarray(index * taps, index * taps + last), index * last)
    taps = last
    weights = narrower
  }
}

/** The source pixels that the filters read. */
export function sourceRegion(x: Axis, y: Axis): Region {
  const [left, right] = span(x)
  const [top, bottom] = span(y)
  return { left, top, width: right - left, height: bottom - top }
}

function span({ count, start, taps }: Axis): [number, number] {
  return [start[0]!, start[count - 1]! + taps]
}

/** Where results go: RGB rows of `stride` pixels; `mirror` writes each row from right to left. */
export interface Target {
  readonly data: Uint8Array
  readonly stride: number
  readonly left: number
  readonly top: number
  readonly mirror: boolean
}

/**
 * Filters RGB pixels (`source` holds exactly `region` of the image, rows from the top) into `target`, whose rectangle
 * of x.count × y.count pixels is overwritten. Levels 0–255. Doubles throughout: V8 would convert floats to and fro.
 */
export function resample(source: Uint8Array, region: Region, x: Axis, y: Axis, target: Target): void {
  const row = new Float64Array(region.width * 3)
  const writeRow = x.taps === 2 ? writeRow2 : x.taps === 3 ? writeRow3 : writeRowAny
  for (let line = 0; line < y.count; line++) {
    mixRows(row, source, (y.start[line]! - region.top) * row.length, y.weights, line * y.taps, y.taps)
    writeRow(row, region.left, x, target, line)
  }
}

/** row = Σ weights[at + k] · (source row k, from `first` on). Most resizes need two or three rows. */
function mixRows(
  row: Float64Array,
  source: Uint8Array,
  first: number,
  weights: Float64Array,
  at: number,
  taps: number,
): void {
  const length = row.length
  const second = first + length
  const third = second + length
  const a = weights[at]!
  const b = taps > 1 ? weights[at + 1]! : 0
  const c = taps > 2 ? weights[at + 2]! : 0
  if (c !== 0)
    for (let i = 0; i < length; i++)
      row[i] = a * source[first + i]! + b * source[second + i]! + c * source[third + i]!
  else if (b !== 0) for (let i = 0; i < length; i++) row[i] = a * source[first + i]! + b * source[second + i]!
  else for (let i = 0; i < length; i++) row[i] = a * source[first + i]!
  for (let tap = 3; tap < taps; tap++) addRow(row, source, first + tap * length, weights[at + tap]!)
}

function addRow(row: Float64Array, source: Uint8Array, from: number, weight: number): void {
  if (weight === 0) return
  for (let i = 0; i < row.length; i++) row[i]! += weight * source[from + i]!
}

// Weighted means of levels stay within 0–255 but for rounding errors far below the ½ added, so truncation rounds.

function writeRowAny(row: Float64Array, left: number, x: Axis, target: Target, line: number): void {
  const { data } = target
  const { start, taps, weights } = x
  let to = rowStart(x, target, line)
  for (let index = 0, weight = 0; index < x.count; index++, to += target.mirror ? -3 : 3) {
    let from = (start[index]! - left) * 3
    let r = 0.5
    let g = 0.5
    let b = 0.5
    for (let tap = 0; tap < taps; tap++, from += 3) {
      const w = weights[weight++]!
      r += w * row[from]!
      g += w * row[from + 1]!
      b += w * row[from + 2]!
    }
    data[to] = r
    data[to + 1] = g
    data[to + 2] = b
  }
}

function writeRow2(row: Float64Array, left: number, x: Axis, target: Target, line: number): void {
  const { data } = target
  const { start, weights } = x
  let to = rowStart(x, target, line)
  for (let index = 0; index < x.count; index++, to += target.mirror ? -3 : 3) {
    const from = (start[index]! - left) * 3
    const u = weights[index * 2]!
    const v = weights[index * 2 + 1]!
    data[to] = (u * row[from]! + v * row[from + 3]! + 0.5) | 0
    data[to + 1] = (u * row[from + 1]! + v * row[from + 4]! + 0.5) | 0
    data[to + 2] = (u * row[from + 2]! + v * row[from + 5]! + 0.5) | 0
  }
}

function writeRow3(row: Float64Array, left: number, x: Axis, target: Target, line: number): void {
  const { data } = target
  const { start, weights } = x
  let to = rowStart(x, target, line)
  for (let index = 0; index < x.count; index++, to += target.mirror ? -3 : 3) {
    const from = (start[index]! - left) * 3
    const u = weights[index * 3]!
    const v = weights[index * 3 + 1]!
    const w = weights[index * 3 + 2]!
    data[to] = (u * row[from]! + v * row[from + 3]! + w * row[from + 6]! + 0.5) | 0
    data[to + 1] = (u * row[from + 1]! + v * row[from + 4]! + w * row[from + 7]! + 0.5) | 0
    data[to + 2] = (u * row[from + 2]! + v * row[from + 5]! + w * row[from + 8]! + 0.5) | 0
  }
}

/** Index of the first byte that a row's first pixel goes to. */
function rowStart(x: Axis, { stride, left, top, mirror }: Target, line: number): number {
  return ((top + line) * stride + left + (mirror ? x.count - 1 : 0)) * 3
}
