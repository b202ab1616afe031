import { InvalidArgumentError } from 'commander'
import { splits, type Split } from '../dataset/types.ts'
import { mostShare } from '../jobs/entry/defaults.ts'
import { scalePresets, type ScalePreset } from '../evaluation/scales.ts'

/** Parsers for option values. What they refuse is wrong usage: exit code 2. */

export function whole(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^[+-]?\d+$/.test(text.trim()) && value >= least && value <= most) return value
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`It must be a whole number ${range}.`)
  }
}

/** A share of the images, 0 to mostShare. */
export function fraction(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= mostShare) return value
  throw new InvalidArgumentError(`It must be a fraction from 0 to ${mostShare}, such as 0.15.`)
}

export function positive(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It must be a number above 0.')
}

/** 0 ≤ rate < 1 */
export function dropoutRate(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value < 1) return value
  throw new InvalidArgumentError('It must be a number from 0 to below 1, such as 0.5.')
}

/** `256` or `256-512`: shorter side in pixels, fixed or a range. */
export function scale(text: string): { min: number; max: number } {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim())
  const min = Number(match?.[1])
  const max = Number(match?.[2] ?? match?.[1])
  if (match && min > 0 && min <= max) return { min, max }
  throw new InvalidArgumentError('It must be a shorter side in pixels, 256, or a range, 256-512.')
}

export type ScalesOption = ScalePreset | readonly number[]

/** `256,384`, or the name of a preset. */
export function scales(text: string): ScalesOption {
  const preset = scalePresets.find((name) => name === text)
  if (preset) return preset
  return text.split(',').map((part) => {
    if (/^\d{1,5}$/.test(part.trim()) && Number(part) > 0) return Number(part)
    throw new InvalidArgumentError(
      'It must be shorter sides in pixels with commas between them, 256,384, or single or multi.',
    )
  })
}

export function microBatch(text: string): number | 'auto' {
  return text === 'auto' ? text : whole(1)(text)
}

/** `features,classifier.0` */
export function names(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.every((part) => part !== '')) return parts
  throw new InvalidArgumentError('It must be names with commas between them: features,classifier.0.')
}

/** Parser of options that can be given several times. */
export function collect(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text]
}

/** `val` is what the folder is called in many data sets. */
export function split(text: string): Split {
  const found = splits.find((name) => name === text || (text === 'val' && name === 'validation'))
  if (found) return found
  throw new InvalidArgumentError(`Allowed choices are ${splits.join(', ')}.`)
}

/** Whether a reference is the id of a plan; runs can't have such a name. */
export const isPlan = (reference: string): boolean => /^p[1-9]\d*$/i.test(reference)
