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
  readonly weights: Float32Array
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
  const weights = new Float32Array(count * taps)
  for (let index = 0; index < count; index++) {
    const center = (first + index + 0.5) * scale
    const from = Math.max(0, Math.min(source - taps, Math.floor(center - support + 0.5)))
    start[index] = from
    fillTriangle(weights.subarray(index * taps, (index + 1) * taps), center - from - 0.5, support)
  }
  return trimmed({ count, taps, start, weights })
}

/** Weights of a triangle around `center` (in taps), half as wide as its base, with sum 1. */
function fillTriangle(weights: Float32Array, center: number, support: number): void {
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
    const narrower = new Float32Array(count * last)
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
 * of x.count × y.count pixels is overwritten. Levels 0–255.
 */
export function resample(source: Uint8Array, region: Region, x: Axis, y: Axis, target: Target): void {
  const rowLength = region.width * 3
  const row = new Float32Array(rowLength)
  for (let line = 0; line < y.count; line++) {
    const first = (y.start[line]! - region.top) * rowLength
    mixRows(row, source, first, y.weights.subarray(line * y.taps, (line + 1) * y.taps))
    writeRow(row, region.left, x, target, line)
  }
}

/** row = Σ weights[k] · (source row k from `offset` on). Two or three rows a pass: most resizes need no more. */
function mixRows(row: Float32Array, source: Uint8Array, offset: number, weights: Float32Array): void {
  const length = row.length
  let tap = firstRows(row, source, offset, weights)
  for (; tap + 1 < weights.length; tap += 2) {
    const a = offset + tap * length
    const b = a + length
    const wa = weights[tap]!
    const wb = weights[tap + 1]!
    if (wa === 0 && wb === 0) continue
    for (let i = 0; i < length; i++) row[i]! += wa * source[a + i]! + wb * source[b + i]!
  }
  if (tap < weights.length && weights[tap] !== 0) {
    const a = offset + tap * length
    const wa = weights[tap]!
    for (let i = 0; i < length; i++) row[i]! += wa * source[a + i]!
  }
}

/** The first one to three rows overwrite; returns how many were mixed. */
function firstRows(row: Float32Array, source: Uint8Array, a: number, weights: Float32Array): number {
  const length = row.length
  const b = a + length
  const c = b + length
  const wa = weights[0]!
  if (weights.length === 1) {
    for (let i = 0; i < length; i++) row[i] = wa * source[a + i]!
    return 1
  }
  const wb = weights[1]!
  if (weights.length === 2 || weights[2] === 0) {
    for (let i = 0; i < length; i++) row[i] = wa * source[a + i]! + wb * source[b + i]!
    return 2
  }
  const wc = weights[2]!
  for (let i = 0; i < length; i++) row[i] = wa * source[a + i]! + wb * source[b + i]! + wc * source[c + i]!
  return 3
}

function writeRow(row: Float32Array, left: number, x: Axis, target: Target, line: number): void {
  const { data, mirror, stride } = target
  const { count, start, taps, weights } = x
  const begin = ((target.top + line) * stride + target.left) * 3
  const step = mirror ? -3 : 3
  let to = mirror ? begin + (count - 1) * 3 : begin
  for (let index = 0, weight = 0; index < count; index++, to += step) {
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
    // Weighted means of levels stay within 0–255 but for rounding errors far below the ½ added: truncation rounds.
    data[to] = r
    data[to + 1] = g
    data[to + 2] = b
  }
}
