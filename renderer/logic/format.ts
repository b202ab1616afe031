import { m } from '../messages/index.ts'
import { createFormats } from './createFormats.ts'

/** Numbers in the window's language. */
export const {
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
} = createFormats(m.units)
