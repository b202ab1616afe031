/** The words of numbers and times. */
export const units = {
  /** For Intl: how digits are grouped. */
  language: 'en-US',
  dates: 'en-GB',
  trillion: (value: number) => `${value} trillion`,
  billion: (value: number) => `${value} billion`,
  million: (value: number) => `${value} million`,
  bytes: (value: number) => `${value} bytes`,
  days: (value: number) => `${value} ${value === 1 ? 'day' : 'days'}`,
  hours: (value: number) => `${value} h`,
  minutes: (value: number) => `${value} min`,
  seconds: (value: number) => `${value} s`,
  underSecond: 'under 1 s',
  justNow: 'just now',
  ago: (time: string) => `${time} ago`,
  on: 'on',
  off: 'off',
} as const
