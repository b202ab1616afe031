import type { ChangedFiles } from '../dataset/changed.ts'
import type { Split } from '../dataset/types.ts'
import { inMetric, intervalIn, type Metric } from '../evaluation/metric.ts'
import type { Interval } from '../evaluation/types.ts'

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const oneDecimal = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** `1,234,567` */
export function count(value: number): string {
  return whole.format(value)
}

/** `1 image`, `3 images` */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`
}

/** `1,234.5` */
export function decimal(value: number): string {
  return oneDecimal.format(value)
}

/** A fraction 0–1 as `12.3%`; `n/a` for null. */
export function percent(fraction: number | null): string {
  return fraction === null ? 'n/a' : `${(fraction * 100).toFixed(1)}%`
}

/** An error 0–1 as `12.3%` in the person's metric; `n/a` for null. */
export const measured = (error: number | null, metric: Metric): string => percent(inMetric(error, metric))

/** The interval of an error: `95% 12.3% to 14.5%` */
export function interval95(interval: Interval, metric: Metric = 'error'): string {
  const { low, high } = intervalIn(interval, metric)
  return `95% ${percent(low)} to ${percent(high)}`
}

/** `(n = 1,204)`; nothing where it is not known */
export const ofImages = (images: number | null | undefined): string =>
  images == null ? '' : ` (n = ${count(images)})`

/** `2.304`, and the smallest and largest in powers of ten. */
export function loss(value: number): string {
  const size = Math.abs(value)
  return value !== 0 && (size < 0.001 || size >= 1000) ? value.toExponential(1) : value.toFixed(3)
}

/** `0.01`, `1e-5` */
export function rate(value: number): string {
  const rounded = Number(value.toPrecision(3))
  return value !== 0 && value < 1e-4 ? rounded.toExponential() : String(rounded)
}

/** `3.2 GB`, in powers of 1000. */
export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = value < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3))
  return power === 0 ? `${value} bytes` : `${(value / 1000 ** power).toPrecision(3)} ${units[power]}`
}

/** `8 s`, `2 min 5 s`, `3 h 20 min` */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`
  if (minutes > 0) return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`
  return `${rest} s`
}

/** `2026-11-22 14:05`, local time. */
export function time(iso: string): string {
  const date = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** A setting for a person: `none`, `72–96`, `cosine (final 0, warmup epochs 1)`. */
export function setting(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(setting).join(', ')
  if (typeof value !== 'object') return String(value)
  const { kind, ...rest } = value as Record<string, unknown>
  const { min, max, ...others } = rest
  if (typeof min === 'number' && typeof max === 'number' && Object.keys(others).length === 0) {
    return min === max ? String(min) : `${min}–${max}`
  }
  const parts = Object.entries(rest).map(([key, part]) => `${key} ${setting(part)}`)
  if (kind === undefined) return parts.length === 0 ? 'none' : parts.join(', ')
  return parts.length === 0 ? setting(kind) : `${setting(kind)} (${parts.join(', ')})`
}

/** Names may hold what would move a terminal's cursor. */
export const printable = (path: string): string =>
  path.replaceAll(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

export const splitTitles: Readonly<Record<Split, string>> = {
  train: 'training',
  validation: 'validation',
  test: 'test',
}

/** `, 3 files not as in the data set version`, behind what came of them; nothing where all were. */
export function changedMark(changed: ChangedFiles | undefined): string {
  return changed ? `, ${counted(changed.count, 'file')} not as in the data set version` : ''
}
