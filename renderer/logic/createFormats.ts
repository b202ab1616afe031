import type { Catalog } from '../messages/catalog.ts'
import type { units as english } from '../messages/en/units.ts'

export type Units = Catalog<typeof english>

/** Numbers for people: units always, one decimal for percentages. Words are those of the language handed in. */
export function createFormats(units: Units) {
  const minus = '−'
  const grouped = new Map<string, Intl.NumberFormat>()

  function whole(language: string): Intl.NumberFormat {
    const known = grouped.get(language) ?? new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
    grouped.set(language, known)
    return known
  }

  /** `1,842` */
  const count = (value: number): string => whole(units.language).format(value)

  /** A fraction 0–1 as `12.3%`; an en dash for null. */
  const percent = (fraction: number | null | undefined): string =>
    fraction == null ? '–' : `${(fraction * 100).toFixed(1)}%`

  /** A difference of fractions in points: `+1.2`, `−0.4`. */
  const points = (difference: number): string => {
    const text = Math.abs(difference * 100).toFixed(1)
    return text === '0.0' ? '0.0' : `${difference > 0 ? '+' : minus}${text}`
  }

  /** `2.304`, `12.30`: four digits at most, and the smallest and the largest in powers of ten. */
  const loss = (value: number | null | undefined): string => {
    if (value == null || Number.isNaN(value)) return '–'
    const size = Math.abs(value)
    if (value !== 0 && size < 0.001) return value.toExponential(1)
    if (size >= 9999.5) return Number.isFinite(value) ? value.toExponential(2).replace('e+', 'e') : '∞'
    return value.toFixed(size < 9.9995 ? 3 : size < 99.995 ? 2 : size < 999.95 ? 1 : 0)
  }

  /** `0.01`, `1e-5` */
  const rate = (value: number): string =>
    value !== 0 && value < 1e-4
      ? value.toExponential(1).replace('.0e', 'e')
      : String(Number(value.toPrecision(3)))

  /** `3.2 GB`, in powers of 1000. */
  const bytes = (value: number): string => {
    const names = ['bytes', 'kB', 'MB', 'GB', 'TB']
    const power = value < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3))
    if (power === 0) return units.bytes(value)
    const scaled = value / 1000 ** power
    return `${scaled.toFixed(scaled < 10 && power > 1 ? 1 : 0)} ${names[power]}`
  }

  /** `138 million`, `15.5 billion`: three digits. */
  const large = (value: number): string => {
    const { trillion, billion, million } = units
    const steps = [
      { from: 1e12, say: trillion },
      { from: 1e9, say: billion },
      { from: 1e6, say: million },
    ]
    const step = steps.find(({ from }) => value >= from)
    return step ? step.say(Number((value / step.from).toPrecision(3))) : count(value)
  }

  /** `8 s`, `2 min 5 s`, `3 h 20 min`, `2 days 4 h` */
  const duration = (seconds: number): string => {
    const total = Math.max(0, Math.round(seconds))
    const [days, hours] = [Math.floor(total / 86_400), Math.floor(total / 3600) % 24]
    const [minutes, rest] = [Math.floor(total / 60) % 60, total % 60]
    const words = units
    if (days > 0) return join(words.days(days), hours, words.hours)
    if (hours > 0) return join(words.hours(hours), minutes, words.minutes)
    if (minutes > 0) return join(words.minutes(minutes), rest, words.seconds)
    return words.seconds(rest)
  }

  const join = (first: string, rest: number, say: (value: number) => string): string =>
    rest > 0 ? `${first} ${say(rest)}` : first

  /** One unit, for estimates: `4 min`, `2.5 h`, `3 days`. */
  const roughly = (seconds: number): string => {
    const words = units
    if (seconds < 1) return words.underSecond
    if (seconds < 90) return words.seconds(Math.round(seconds))
    if (seconds < 90 * 60) return words.minutes(Math.round(seconds / 60))
    const hours = seconds / 3600
    return hours < 48
      ? words.hours(Number(hours.toPrecision(2)))
      : words.days(Number((hours / 24).toPrecision(2)))
  }

  /** `just now`, `5 min ago`, `3 h ago`, then the date. */
  const since = (iso: string, now = Date.now()): string => {
    const seconds = (now - Date.parse(iso)) / 1000
    const { ago, justNow, minutes, hours } = units
    if (seconds < 45) return justNow
    if (seconds < 3600) return ago(minutes(Math.max(1, Math.round(seconds / 60))))
    if (seconds < 86_400) return ago(hours(Math.round(seconds / 3600)))
    return date(iso)
  }

  /** `22 Nov 2026` */
  const date = (iso: string): string =>
    new Date(iso).toLocaleDateString(units.dates, { day: 'numeric', month: 'short', year: 'numeric' })

  /** `14:05:09`, local time. */
  const clock = (iso: string): string => new Date(iso).toLocaleTimeString(units.dates)

  /** A setting's value for people: text without quotes, ranges as ranges. */
  const setting = (value: unknown): string => {
    if (typeof value === 'string') return value
    if (value === null || value === undefined) return '–'
    if (typeof value === 'boolean') return value ? units.on : units.off
    if (typeof value === 'number') return Number.isInteger(value) ? count(value) : rate(value)
    return JSON.stringify(value)
  }

  /** A setting's value where ranges are `256–512`, and equal ends one number. */
  const rangeOr = (value: unknown): string => {
    if (typeof value !== 'object' || value === null || !('min' in value) || !('max' in value))
      return setting(value)
    return value.min === value.max ? setting(value.min) : `${setting(value.min)}–${setting(value.max)}`
  }

  const basename = (path: string): string => path.split('/').at(-1) ?? path

  return {
    count,
    percent,
    points,
    loss,
    rate,
    bytes,
    large,
    duration,
    roughly,
    since,
    date,
    clock,
    setting,
    rangeOr,
    basename,
  }
}
