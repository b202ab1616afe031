import { counted } from './words.ts'
import type { NoEffect } from '../types.ts'

export function noEffectText(reason: NoEffect): string {
  const run = `a run of ${counted(reason.epochs, 'epoch')}`
  switch (reason.what) {
    case 'warmup':
      return `The warm-up of ${counted(reason.warmup, 'epoch')} outlasts ${run}: the whole rate is never reached.`
    case 'step':
      return `The rate would drop every ${counted(reason.every, 'epoch')}, which ${run} does not get to.`
    case 'one-epoch':
      return `The rate drops between epochs: not in ${run}.`
    case 'no-drops':
      return 'The rate may drop 0 times: it stays as it is.'
    case 'plateau':
      return `The rate drops after ${counted(reason.patience, 'epoch')} without a better error: too late for ${run}.`
    case 'same-rate':
      return 'The rate ends as high as it begins: it stays as it is.'
    case 'early-stop':
      return `Early stop waits for ${counted(reason.patience, 'epoch')} without a better error: too long for ${run}.`
    case 'checkpoints':
      return `An epoch is kept every ${counted(reason.every, 'epoch')}, which ${run} does not get to.`
  }
}
