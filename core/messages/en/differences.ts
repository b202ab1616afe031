/** What the text of a difference is made of: see core/evaluation/statistics/difference.ts. */
export interface DifferenceValues {
  readonly names: readonly [string, string]
  readonly images: number
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly difference: number
  readonly interval: { readonly low: number; readonly high: number }
  readonly groups: number
  readonly grouped: number
  readonly decidedBy: 'mcnemar' | 'group-bootstrap'
  readonly p: number
  readonly adjustedP: number
  readonly comparisons: number
  readonly better: 'first' | 'second' | null
}

const count = (value: number): string => new Intl.NumberFormat('en-US').format(value)
const signed = (fraction: number): string => {
  const text = Math.abs(100 * fraction).toFixed(1)
  return fraction < 0 && text !== '0.0' ? `−${text}` : text
}

/** `0.012`, `< 0.001` with its sign of comparison. */
const pText = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`)

/** What a difference between two trained networks means, and what that rests on. */
export const differenceTexts = {
  /** Points are percentage points of top-1 error, those of the better one positive. */
  'difference-sentence': (values: DifferenceValues) => ({ message: sentence(values) }),
  'difference-basis': (values: DifferenceValues) => ({ message: basis(values) }),
} as const

function sentence({
  names,
  images,
  better,
  difference,
  interval,
  onlyFirst,
  onlySecond,
}: DifferenceValues): string {
  const [first, second] = names
  if (onlyFirst + onlySecond === 0)
    return `${first} and ${second} are right about the same of these ${count(images)} images.`
  // As seen from the one that makes fewer errors.
  const isSecond = better === null ? difference >= 0 : better === 'second'
  const [low, high] = isSecond ? [interval.low, interval.high] : [-interval.high, -interval.low]
  const by = `${signed(Math.abs(difference))} points, 95% ${signed(low)} to ${signed(high)}`
  const ahead = isSecond ? second : first
  if (better !== null) return `${ahead} is better on these ${count(images)} images: ${by}.`
  return difference === 0
    ? `These ${count(images)} images do not tell ${first} and ${second} apart: ${by}.`
    : `These ${count(images)} images do not tell ${first} and ${second} apart: ${ahead} is ahead by ${by}.`
}

function basis(values: DifferenceValues): string {
  const { names, onlyFirst, onlySecond, groups, grouped, decidedBy, p, adjustedP, comparisons } = values
  const images = (value: number): string => `${count(value)} ${value === 1 ? 'image' : 'images'}`
  const test =
    decidedBy === 'mcnemar'
      ? `exact McNemar ${pText(p)}`
      : `bootstrap over near-duplicate groups ${pText(p)} (${count(groups)} ${groups === 1 ? 'group' : 'groups'}, ${images(grouped)})`
  const holm = comparisons > 1 ? `, ${pText(adjustedP)} after Holm for ${count(comparisons)} comparisons` : ''
  return `Only ${names[1]} is right about ${images(onlySecond)}, only ${names[0]} about ${count(onlyFirst)}; ${test}${holm}. About these two trained networks, not about their settings.`
}

/**
 * How a setting differs from the first one over their seeds, as seen from the first: turned around where it is worse.
 * @param place of the setting, from 2
 * @param interval Welch's; null with a single seed
 */
export function settingText(
  place: number,
  {
    difference,
    interval,
  }: Pick<DifferenceValues, 'difference'> & { readonly interval: DifferenceValues['interval'] | null },
  metric: 'error' | 'accuracy',
): string {
  const isBetter = difference >= 0
  const what = isBetter === (metric === 'error') ? `less ${metric}` : `more ${metric}`
  const [low, high] =
    interval === null ? [0, 0] : isBetter ? [interval.low, interval.high] : [-interval.high, -interval.low]
  const range =
    interval === null ? 'no interval with a single seed' : `95% ${signed(low)} to ${signed(high)} (Welch)`
  return `Setting ${place} against the first: ${signed(Math.abs(difference))} points ${what}, ${range}.`
}
