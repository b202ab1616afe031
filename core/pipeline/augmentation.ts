import { random } from '../base/random.ts'
import { aspects, type RegionTry } from '../image/region.ts'
import type { Rgb } from '../image/types.ts'
import { drawDistortions, type DistortionDraw } from './distortionDraws.ts'
import type { Augmentation, ColorShift } from './types.ts'

/** Names this module's random streams: 'augm', and 'area' for the sizes of crops. */
const AUGMENTATION = 0x6175676d
const AREA = 0x61726561

/** Tries at a resized crop before it becomes the middle of the image; torchvision's. */
const tries = 10

/** What augmentation decides for one image, whatever the image's size. */
export interface AugmentationDraw {
  /** Shorter side after rescaling, pixels. Resized crops do without. */
  readonly scale: number
  /** Parts of the image that a resized crop may show, the first that fits; null for crops at a scale. */
  readonly regions: readonly RegionTry[] | null
  /** In [0, 1): which of the possible columns the crop starts at. */
  readonly u: number
  /** Likewise the row. */
  readonly v: number
  readonly mirror: boolean
  /** Added to each channel, levels. */
  readonly shift: Rgb
  /** What else is done to the crop; null: nothing. */
  readonly distortion: DistortionDraw | null
}

/**
 * Draws for the image at `place` of the epoch's order (VGG §3.1): S uniform integer, crop uniform, flip with
 * probability ½, PCA color shift. Always the same numbers in the same order, so that switching the flip off, say,
 * leaves the crops as they were; what the paper does not do draws from streams of its own.
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
    regions: options.crops === 'resized' ? drawRegions(options.cropArea ?? 1, seed, epoch, place) : null,
    u,
    v,
    mirror,
    shift: options.colorShift ? colorShift(options.colorShift, normals) : [0, 0, 0],
    distortion: drawDistortions(options, seed, epoch, place),
  }
}

/** Area uniform in [least, 1], log of the aspect uniform (Szegedy et al. 2015, as torchvision does it). */
function drawRegions(least: number, seed: number, epoch: number, place: number): readonly RegionTry[] {
  const source = random(seed, AREA, epoch, place)
  const spread = Math.log(aspects.max / aspects.min)
  return Array.from({ length: tries }, () => ({
    area: least + (1 - least) * source.uniform(),
    aspect: aspects.min * Math.exp(spread * source.uniform()),
  }))
}

/** Σ vectorᵢ · αᵢ · valueᵢ / 255, in levels, with αᵢ = strength · normalᵢ. */
function colorShift({ strength, values, vectors }: ColorShift, normals: Rgb): Rgb {
  const amounts = values.map((value, index) => (strength * normals[index]! * value) / 255)
  const channel = (index: 0 | 1 | 2): number =>
    vectors.reduce((sum, vector, which) => sum + vector[index] * amounts[which]!, 0)
  return [channel(0), channel(1), channel(2)]
}
