import { createFormats } from '../../logic/createFormats.ts'
import { units } from './units.ts'

/** Numbers within English sentences. */
export const { count, duration, large, percent, roughly } = createFormats(units)
