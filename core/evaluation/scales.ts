import type { ResizeMode } from '../image/types.ts'
import { testScale } from '../pipeline/testScale.ts'

/** What a recipe says about its images: where a protocol's defaults come from. */
export interface TrainedOn {
  readonly crop: number
  /** Training scale S, shorter side in pixels. */
  readonly scale: { readonly min: number; readonly max: number }
  readonly mode: ResizeMode
}

/** Test scales that follow the training scale: one, or several whose probabilities are averaged. */
export const scalePresets = ['single', 'multi'] as const
export type ScalePreset = (typeof scalePresets)[number]

/**
 * The test scales Q of the paper, pixels, ascending (§4.1, §4.2). single: S, or (Smin + Smax)/2. multi: {S − 32, S,
 * S + 32} for crops of 224, in proportion for others, or {Smin, (Smin + Smax)/2, Smax}. They may be smaller than the
 * crop, where a small S was trained on: parseProtocol refuses those.
 */
export function testScales({ crop, scale }: TrainedOn, preset: ScalePreset): readonly number[] {
  const { min, max } = scale
  const middle = testScale(scale)
  if (preset === 'single') return [middle]
  if (min < max) return [...new Set([min, middle, max])]
  const step = Math.max(1, Math.round((32 * crop) / 224))
  return [min - step, min, min + step]
}

/** GoogLeNet's shorter sides (§7), in proportion for other crops than 224. */
export function googlenetScales(crop: number): readonly number[] {
  return [256, 288, 320, 352].map((scale) => Math.round((scale * crop) / 224))
}
