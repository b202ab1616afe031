import { random } from '../base/random.ts'
import type { Rgb } from '../image/types.ts'
import type { Augmentation, ColorShift } from './types.ts'

/** Names this module's random stream: 'augm'. */
const AUGMENTATION = 0x6175676d

/** What augmentation decides for one image, whatever the image's size. */
export interface AugmentationDraw {
  /** Shorter side after rescaling, pixels. */
  readonly scale: number
  /** In [0, 1): which of the possible columns the crop starts at. */
  readonly u: number
  /** Likewise the row. */
  readonly v: number
  readonly mirror: boolean
  /** Added to each channel, levels. */
  readonly shift: Rgb
}

/**
 * Draws for the image at `place` of the epoch's order (VGG §3.1): S uniform integer, crop uniform, flip with
 * probability ½, PCA color shift. Always the same numbers in the same order, so that switching the flip off, say,
 * leaves the crops as they were.
 */
export function drawAugmentation(
  options: Augmentation,
  seed: number,
  epoch: number,
  place: number,
): AugmentationDraw {
  const source = random(seed, AUGMENTATION, epoch, place)
  const { min, max } = options.scale
  const scale = min + source.integer(max - min + 1)
  const [column, row] = [source.uniform(), source.uniform()]
  const [u, v] = options.crops === 'center' ? [0.5, 0.5] : [column, row]
  const mirror = source.uniform() < 0.5 && options.flip
  const normals: Rgb = [source.normal(), source.normal(), source.normal()]
  return {
    scale,
    u,
    v,
    mirror,
    shift: options.colorShift ? colorShift(options.colorShift, normals) : [0, 0, 0],
  }
}

/** Σ vectorᵢ · αᵢ · valueᵢ / 255, in levels, with αᵢ = strength · normalᵢ. */
function colorShift({ strength, values, vectors }: ColorShift, normals: Rgb): Rgb {
  const amounts = values.map((value, index) => (strength * normals[index]! * value) / 255)
  const channel = (index: 0 | 1 | 2): number =>
    vectors.reduce((sum, vector, which) => sum + vector[index] * amounts[which]!, 0)
  return [channel(0), channel(1), channel(2)]
}
