import { m } from '../messages/index.ts'

/** Numbers for people: units always, one decimal for percentages. Words come from the catalog, when they are needed. */
const minus = '−'
const grouped = new Map<string, Intl.NumberFormat>()

function whole(language: string): Intl.NumberFormat {
  const known = grouped.get(language) ?? new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
  grouped.set(language, known)
  return known
}

/** `1,842` */
export const count = (value: number): string => whole(m.units.language).format(value)

/** Of a fraction 0–1: `12.3%`; an en dash for null. */
export const percent = (fraction: number | null | undefined): string =>
  fraction == null ? '–' : `${(fraction * 100).toFixed(1)}%`

/** A difference of fractions in points: `+1.2`, `−0.4`. */
export const points = (difference: number): string => {
  const text = Math.abs(difference * 100).toFixed(1)
  return text === '0.0' ? '0.0' : `${difference > 0 ? '+' : minus}${text}`
}

/** `2.304`, and the smallest in powers of ten. */
export const loss = (value: number | null | undefined): string => {
  if (value == null || Number.isNaN(value)) return '–'
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : value.toFixed(3)
}

/** `0.01`, `1e-5` */
export const rate = (value: number): string =>
  value !== 0 && value < 1e-4
    ? value.toExponential(1).replace('.0e', 'e')
    : String(Number(value.toPrecision(3)))

/** `3.2 GB`, in powers of 1000. */
export const bytes = (value: number): string => {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = value < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3))
  if (power === 0) return m.units.bytes(value)
  const scaled = value / 1000 ** power
  return `${scaled.toFixed(scaled < 10 && power > 1 ? 1 : 0)} ${units[power]}`
}

/** `138 million`, `15.5 billion`: three digits. */
export const large = (value: number): string => {
  const { trillion, billion, million } = m.units
  const steps = [
    { from: 1e12, say: trillion },
    { from: 1e9, say: billion },
    { from: 1e6, say: million },
  ]
  const step = steps.find(({ from }) => value >= from)
  return step ? step.say(Number((value / step.from).toPrecision(3))) : count(value)
}

/** `8 s`, `2 min 5 s`, `3 h 20 min`, `2 days 4 h` */
export const duration = (seconds: number): string => {
  const total = Math.max(0, Math.round(seconds))
  const [days, hours] = [Math.floor(total / 86_400), Math.floor(total / 3600) % 24]
  const [minutes, rest] = [Math.floor(total / 60) % 60, total % 60]
  const words = m.units
  if (days > 0) return join(words.days(days), hours, words.hours)
  if (hours > 0) return join(words.hours(hours), minutes, words.minutes)
  if (minutes > 0) return join(words.minutes(minutes), rest, words.seconds)
  return words.seconds(rest)
}

const join = (first: string, rest: number, say: (value: number) => string): string =>
  rest > 0 ? `${first} ${say(rest)}` : first

/** One unit, for estimates: `4 min`, `2.5 h`, `3 days`. */
export const roughly = (seconds: number): string => {
  const words = m.units
  if (seconds < 1) return words.underSecond
  if (seconds < 90) return words.seconds(Math.round(seconds))
  if (seconds < 90 * 60) return words.minutes(Math.round(seconds / 60))
  const hours = seconds / 3600
  return hours < 48
    ? words.hours(Number(hours.toPrecision(2)))
    : words.days(Number((hours / 24).toPrecision(2)))
}

/** `just now`, `5 min ago`, `3 h ago`, then the date. */
export const since = (iso: string, now = Date.now()): string => {
  const seconds = (now - Date.parse(iso)) / 1000
  const { ago, justNow, minutes, hours } = m.units
  if (seconds < 45) return justNow
  if (seconds < 3600) return ago(minutes(Math.max(1, Math.round(seconds / 60))))
  if (seconds < 86_400) return ago(hours(Math.round(seconds / 3600)))
  return date(iso)
}

/** `22 Nov 2026` */
export const date = (iso: string): string =>
  new Date(iso).toLocaleDateString(m.units.dates, { day: 'numeric', month: 'short', year: 'numeric' })

/** `14:05:09`, local time. */
export const clock = (iso: string): string => new Date(iso).toLocaleTimeString(m.units.dates)

/** A setting's value for people: text without quotes, ranges as ranges. */
export const setting = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? m.units.on : m.units.off
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : rate(value)
  return JSON.stringify(value)
}

/** A setting's value where ranges are `256–512`, and equal ends one number. */
export const rangeOr = (value: unknown): string => {
  if (typeof value !== 'object' || value === null || !('min' in value) || !('max' in value))
    return setting(value)
  return value.min === value.max ? setting(value.min) : `${setting(value.min)}–${setting(value.max)}`
}

export const basename = (path: string): string => path.split('/').at(-1) ?? path
