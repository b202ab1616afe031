import type { NoEffect } from '../types.ts'

export function noEffectText(reason: NoEffect): string {
  const run = `a run of ${reason.epochs} ${reason.epochs === 1 ? 'epoch' : 'epochs'}`
  switch (reason.what) {
    case 'warmup':
      return `The warm-up of ${reason.warmup} epochs outlasts ${run}: the whole rate is never reached.`
    case 'step':
      return `The rate would drop every ${reason.every} epochs, which ${run} does not get to.`
    case 'one-epoch':
      return `The rate drops between epochs: not in ${run}.`
    case 'no-drops':
      return 'The rate may drop 0 times: it stays as it is.'
    case 'plateau':
      return `The rate drops after ${reason.patience} epochs without a better error: too late for ${run}.`
    case 'same-rate':
      return 'The rate ends as high as it begins: it stays as it is.'
    case 'early-stop':
      return `Early stop waits for ${reason.patience} epochs without a better error: too long for ${run}.`
    case 'checkpoints':
      return `Every ${reason.every}th epoch is kept, which ${run} does not get to.`
  }
}
