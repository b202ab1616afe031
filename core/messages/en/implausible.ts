import type { Implausible } from '../types.ts'
import { counted } from './words.ts'

/** `0.01`, `1,200`, `1e30`: what nobody counts the zeros of is a power of ten. */
function number(value: number): string {
  const isPlain = value === 0 || (Math.abs(value) >= 1e-6 && Math.abs(value) < 1e9)
  return isPlain
    ? value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
    : Number(value.toPrecision(3)).toExponential().replace('e+', 'e')
}

/** Why a setting is asked about before a run starts. */
export function implausibleText(reason: Implausible): string {
  switch (reason.what) {
    case 'rate': {
      const { value, usual } = reason
      return value > usual
        ? `A learning rate of ${number(value)} is ${number(value / usual)} times what such a network trains with (${number(usual)}): its loss will most likely become infinite.`
        : `A learning rate of ${number(value)} is so far below what such a network trains with (${number(usual)}) that it will hardly learn.`
    }
    case 'batch':
      return `A batch of ${reason.value.toLocaleString('en-US')} is more than the ${counted(reason.images, 'training image')}: each epoch would be a single update.`
    case 'momentum':
      return `A momentum of ${reason.value} averages over more than a hundred updates: the loss will most likely swing and grow.`
    case 'decay':
      return `A weight decay of ${number(reason.value)} pulls the weights to zero faster than they learn.`
    case 'smoothing':
      return `Label smoothing of ${number(reason.value)} takes more than half of each label away.`
    case 'scale':
      return `At a training scale of ${number(reason.value)} px a crop of ${reason.crop} px shows a small part of each image only.`
  }
}
