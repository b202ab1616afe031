import { random, type Random } from '../base/random.ts'
import type { RgbImage, Size } from '../image/types.ts'

/** Most photographs of large collections are 500 pixels long. */
const sizes: readonly Size[] = [
  { width: 500, height: 375 },
  { width: 500, height: 375 },
  { width: 500, height: 375 },
  { width: 500, height: 333 },
  { width: 375, height: 500 },
]
/** Names this module's random stream: 'pict'. */
const stream = 0x70696374
/** Radii of leaves, pixels, and how often the picture is covered by them. */
const [least, greatest, cover] = [4, 220, 3]
/** Standard deviation of the grain, levels: it decides how large the file gets. */
const grain = [3, 9] as const

/**
 * A picture with the statistics of a photograph: dead leaves (Lee, Mumford & Huang 2001), that is discs in random
 * order whose radii follow r⁻³, so that edges come at every scale; each shaded in one direction, with a sensor's grain.
 */
export function paintPicture(seed: number): RgbImage {
  const source = random(seed, stream)
  const { width, height } = sizes[source.integer(sizes.length)]!
  const levels = new Float32Array(width * height * 3).fill(128)
  for (let covered = 0; covered < cover * width * height;)
    covered += paintLeaf(levels, { width, height }, source)
  return { width, height, data: withGrain(levels, source) }
}

interface Leaf {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly color: readonly number[]
  /** Levels that it gets brighter by pixel, to the right and downwards. */
  readonly slope: readonly [number, number]
}

/** @returns its area in pixels, also outside of the picture */
function paintLeaf(levels: Float32Array, size: Size, source: Random): number {
  const leaf = drawLeaf(size, source)
  const { y, radius } = leaf
  const last = Math.min(size.height - 1, Math.floor(y + radius))
  for (let row = Math.max(0, Math.ceil(y - radius)); row <= last; row++) paintRow(levels, size, leaf, row)
  return Math.PI * radius ** 2
}

function paintRow(levels: Float32Array, { width }: Size, leaf: Leaf, row: number): void {
  const { x, y, radius, color, slope } = leaf
  const half = Math.sqrt(radius ** 2 - (row - y) ** 2)
  const last = Math.min(width - 1, Math.floor(x + half))
  for (let column = Math.max(0, Math.ceil(x - half)); column <= last; column++) {
    const light = (column - x) * slope[0] + (row - y) * slope[1]
    const at = (row * width + column) * 3
    for (let channel = 0; channel < 3; channel++) levels[at + channel] = color[channel]! + light
  }
}

function drawLeaf({ width, height }: Size, source: Random): Leaf {
  // Inverse of the distribution whose density falls with r⁻³ between the two radii.
  const share = 1 - source.uniform() * (1 - (least / greatest) ** 2)
  const radius = least / Math.sqrt(share)
  const [x, y] = [source.uniform() * width, source.uniform() * height]
  const gray = 128 + 50 * source.normal()
  const color = [0, 1, 2].map(() => gray + 22 * source.normal())
  const slope = [source.normal() / 3, source.normal() / 3] as const
  return { x, y, radius, color, slope }
}

function withGrain(levels: Float32Array, source: Random): Uint8Array {
  const strength = grain[0] + source.uniform() * (grain[1] - grain[0])
  const bytes = new Uint8ClampedArray(levels.length)
  for (let at = 0; at < levels.length; at += 3) {
    // Mostly brightness: a sensor's colors are interpolated.
    const light = strength * (source.uniform() + source.uniform() + source.uniform() - 1.5) * 2
    const tint = strength * (source.uniform() - 0.5)
    bytes[at] = levels[at]! + light + tint
    bytes[at + 1] = levels[at + 1]! + light
    bytes[at + 2] = levels[at + 2]! + light - tint
  }
  return new Uint8Array(bytes.buffer)
}
