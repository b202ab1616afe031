import type { StuckCause } from '../types.ts'

/** What a cause was concluded from; see core/training/diagnosis.ts. */
export interface StuckSigns {
  readonly firstSpread: number | null
  readonly spread: number | null
  readonly movement: number
  readonly largestMovement: number
}

const short = (value: number): string => String(Number(value.toPrecision(2)))

/** The likeliest cause of a network that learns nothing, with the numbers that say so. */
export function causeText(cause: StuckCause, signs: StuckSigns): string {
  const { firstSpread, spread, movement, largestMovement } = signs
  const differ = spread === null ? '' : `its outputs differ by ${short(spread)} from image to image`
  switch (cause) {
    case 'initialization':
      return `Most likely, the initial weights block the signal: ${differ}.`
    case 'rate-low':
      return `Most likely, the learning rate is too low: an update moves weights by ${short(movement)} of their length, where a thousandth is usual.`
    case 'rate-high':
      return spread !== null && firstSpread !== null && firstSpread > 10 * spread
        ? `Most likely, the learning rate is too high: ${differ}, after ${short(firstSpread)} in the first update.`
        : `Most likely, the learning rate is too high: an update moves the weights of a layer by up to ${short(largestMovement)} of their length, where a thousandth is usual.`
    case 'labels':
      return `Most likely, the labels do not follow what the images show: the network tells images apart (${differ === '' ? 'one at a time' : differ}) and its weights move (by ${short(movement)} of their length at each update).`
  }
}
