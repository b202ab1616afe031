/** Numbers for people: units always, one decimal for percentages. */
const language = 'en-US'
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
const minus = '−'

/** `1,842` */
export const count = (value: number): string => whole.format(value)

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
  if (power === 0) return `${value} bytes`
  const scaled = value / 1000 ** power
  return `${scaled.toFixed(scaled < 10 && power > 1 ? 1 : 0)} ${units[power]}`
}

/** `138 million`, `15.5 billion`: three digits. */
export const large = (value: number): string => {
  const step = [
    { from: 1e12, word: 'trillion' },
    { from: 1e9, word: 'billion' },
    { from: 1e6, word: 'million' },
  ].find(({ from }) => value >= from)
  return step ? `${Number((value / step.from).toPrecision(3))} ${step.word}` : count(value)
}

/** `8 s`, `2 min 5 s`, `3 h 20 min`, `2 days 4 h` */
export const duration = (seconds: number): string => {
  const total = Math.max(0, Math.round(seconds))
  const [days, hours] = [Math.floor(total / 86_400), Math.floor(total / 3600) % 24]
  const [minutes, rest] = [Math.floor(total / 60) % 60, total % 60]
  if (days > 0) return join(`${days} ${days === 1 ? 'day' : 'days'}`, hours, 'h')
  if (hours > 0) return join(`${hours} h`, minutes, 'min')
  if (minutes > 0) return join(`${minutes} min`, rest, 's')
  return `${rest} s`
}

const join = (first: string, rest: number, unit: string): string =>
  rest > 0 ? `${first} ${rest} ${unit}` : first

/** One unit, for estimates: `4 min`, `2.5 h`, `3 days`. */
export const roughly = (seconds: number): string => {
  if (seconds < 1) return 'under 1 s'
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  const hours = seconds / 3600
  return hours < 48 ? `${Number(hours.toPrecision(2))} h` : `${Number((hours / 24).toPrecision(2))} days`
}

/** `just now`, `5 min ago`, `3 h ago`, then the date. */
export const since = (iso: string, now = Date.now()): string => {
  const seconds = (now - Date.parse(iso)) / 1000
  if (seconds < 45) return 'just now'
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  return date(iso)
}

/** `22 Nov 2026` */
export const date = (iso: string): string =>
  new Date(iso).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

/** `14:05:09`, local time. */
export const clock = (iso: string): string => new Date(iso).toLocaleTimeString('en-GB')

/** A setting's value for people: text without quotes, ranges as ranges. */
export const setting = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : rate(value)
  return JSON.stringify(value)
}

export const basename = (path: string): string => path.split('/').at(-1) ?? path
