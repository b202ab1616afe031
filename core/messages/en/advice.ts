import type { SettingChange } from '../types.ts'

/** Something that may help a training, in a few words. */
export type Advice =
  | {
      readonly what:
        'he' | 'standardize' | 'batch-norm' | 'from-a' | 'dropout' | 'flips' | 'smoothing' | 'smaller'
    }
  | { readonly what: 'more-updates'; readonly stepsPerEpoch: number }
  | { readonly what: 'other-rate'; readonly lower: number; readonly higher: number }
  | { readonly what: 'jitter'; readonly min: number }

export function adviceText(advice: Advice): string {
  switch (advice.what) {
    case 'he':
      return 'He initialization (initialization.kind=he-small-last)'
    case 'standardize':
      return 'data.normalization=standardize'
    case 'batch-norm':
      return 'batch normalization (network.batchNorm=true)'
    case 'from-a':
      return 'starting from a trained A (initialization.from)'
    case 'dropout':
      return 'dropout (network.dropout=0.5)'
    case 'flips':
      return 'flips (data.flip=true), where mirror images are of the same class'
    case 'smoothing':
      return 'label smoothing (optimization.labelSmoothing=0.1)'
    case 'smaller':
      return 'a smaller network (network.widthMultiplier=0.5)'
    case 'more-updates':
      return `more updates per epoch than ${advice.stepsPerEpoch} (a smaller optimization.batchSize)`
    case 'other-rate':
      return `another learning rate (optimization.learningRate=${advice.lower} or ${advice.higher})`
    case 'jitter':
      return `scale jitter (data.scale=${advice.min}-${2 * advice.min})`
  }
}

/** What to do where a loss grows instead of falling, in the words of the command line. */
export function calmer([rate, ...others]: readonly SettingChange[]): string {
  const text = ({ setting, value }: SettingChange): string =>
    setting === 'optimization.schedule.warmup.epochs'
      ? `a warm-up (${setting}=${value})`
      : `${setting}=${value}`
  const also = others.map((other) => `, or ${text(other)}`).join('')
  return `Start again with a lower learning rate (${text(rate!)})${also}.`
}
