import type { SettingChange } from '../types.ts'

/** What to do where a loss grows instead of falling, in the words of the command line. */
export function lowerRateAdvice([rate, ...others]: readonly SettingChange[]): string {
  const text = ({ setting, value }: SettingChange): string =>
    setting === 'optimization.schedule.warmup.epochs'
      ? `a warm-up (${setting}=${value})`
      : `${setting}=${value}`
  const also = others.map((other) => `, or ${text(other)}`).join('')
  return `Start again with a lower learning rate (${text(rate!)})${also}.`
}
