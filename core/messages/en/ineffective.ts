/** A setting that can do nothing in a run of so many epochs. */
export interface Ineffective {
  /** `optimization.schedule.every` */
  readonly setting: string
  /** Epochs, or drops, that it is set to. */
  readonly value: number
  /** Of the run. */
  readonly epochs: number
}

const texts: Readonly<Record<string, (value: number, run: string) => string>> = {
  'optimization.schedule.warmup.epochs': (value, run) =>
    `The warm-up of ${value} epochs outlasts ${run}: the whole rate is never reached.`,
  'optimization.schedule.every': (value, run) =>
    `The rate would drop every ${value} epochs, which ${run} does not get to.`,
  'optimization.schedule.kind': (_, run) => `The rate drops between epochs: not in ${run}.`,
  'optimization.schedule.maxDrops': () => 'The rate may drop 0 times: it stays as it is.',
  'optimization.schedule.patience': (value, run) =>
    `The rate drops after ${value} epochs without a better error: too late for ${run}.`,
  'optimization.schedule.final': () => 'The rate ends as high as it begins: it stays as it is.',
  'optimization.earlyStop.patience': (value, run) =>
    `Early stop waits for ${value} epochs without a better error: too long for ${run}.`,
  'checkpoints.every': (value, run) => `Every ${value}th epoch is kept, which ${run} does not get to.`,
}

export function ineffectiveText({ setting, value, epochs }: Ineffective): string {
  const run = `a run of ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`
  return texts[setting]?.(value, run) ?? `${setting}: ${value}.`
}
