import * as z from 'zod'
import { resizeModes } from '../image/types.ts'
import type { PreprocessingTitle } from '../messages/catalog.ts'
import type { Normalization } from '../pipeline/types.ts'

/** How an image becomes the square that weights were made for: `crop` pixels cut from its middle at this scale. */
export interface ResizeRule {
  readonly mode: (typeof resizeModes)[number]
  readonly scale: number
  readonly crop: number
}

export const resizeRuleSchema: z.ZodType<ResizeRule> = z.object({
  mode: z.enum(resizeModes),
  scale: z.int().min(1),
  crop: z.int().min(1),
})

/** torchvision's, timm's for most networks, and Oxford's: the shorter side to 256, the middle 224×224. */
export const usualResize: ResizeRule = { mode: 'crop', scale: 256, crop: 224 }

/** The rule's scale for another crop: in proportion. */
export function scaleOf({ scale, crop: own }: ResizeRule, crop: number): number {
  return Math.round((crop * scale) / own)
}

/** What published weights expect of an image, in the words of those who published them. */
export interface KnownPreprocessing {
  readonly id: string
  readonly title: PreprocessingTitle
  readonly channels: 'RGB' | 'BGR'
  /** Largest value of a pixel before mean and std. */
  readonly range: 1 | 255
  /** In the order of the channels and the range. */
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
}

export const knownPreprocessings: readonly KnownPreprocessing[] = [
  {
    id: 'torchvision',
    title: { code: 'preprocessing-torchvision', values: {} },
    channels: 'RGB',
    range: 1,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  {
    id: 'caffe',
    title: { code: 'preprocessing-caffe', values: {} },
    channels: 'BGR',
    range: 255,
    mean: [103.939, 116.779, 123.68],
    std: [1, 1, 1],
  },
  {
    id: 'rgb-mean',
    title: { code: 'preprocessing-rgb-mean', values: {} },
    channels: 'RGB',
    range: 255,
    mean: [123.68, 116.779, 103.939],
    std: [1, 1, 1],
  },
  {
    id: 'amdegroot',
    title: { code: 'preprocessing-amdegroot', values: {} },
    channels: 'RGB',
    range: 1,
    mean: [0.48235, 0.45882, 0.40784],
    std: [1 / 255, 1 / 255, 1 / 255],
  },
  {
    id: 'unit',
    title: { code: 'preprocessing-unit', values: {} },
    channels: 'RGB',
    range: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  {
    id: 'symmetric',
    title: { code: 'preprocessing-symmetric', values: {} },
    channels: 'RGB',
    range: 1,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
]

/** Preprocessings that images could tell apart: the first of each group that differs by less than a level. */
export const distinctPreprocessings: readonly KnownPreprocessing[] = knownPreprocessings.filter(
  (known, index) => !knownPreprocessings.slice(0, index).some((earlier) => isAlike(known, earlier)),
)

function isAlike(a: KnownPreprocessing, b: KnownPreprocessing): boolean {
  const [one, other] = [normalizationFor(a), normalizationFor(b)]
  const near = (values: readonly number[], others: readonly number[], most: number): boolean =>
    values.every((value, channel) => Math.abs(value - others[channel]!) < most)
  return a.channels === b.channels && near(one.mean, other.mean, 1) && near(one.std, other.std, 0.01)
}

/** The same for RGB levels 0–255: what training, evaluation, prediction and exports know. */
export function normalizationFor({ channels, range, mean, std }: KnownPreprocessing): Normalization {
  const scale = 255 / range
  const levels = (values: readonly [number, number, number]): Normalization['mean'] => {
    const [first, second, third] = values
    return channels === 'RGB'
      ? [first * scale, second * scale, third * scale]
      : [third * scale, second * scale, first * scale]
  }
  return { mean: levels(mean), std: levels(std) }
}

export function findPreprocessing(id: string): KnownPreprocessing | undefined {
  return knownPreprocessings.find((known) => known.id === id)
}
