import type { Advice, SettingChange } from '../types.ts'

/** What to do where a loss grows instead of falling, in the words of the command line. */
export function lowerRateAdvice([rate, ...others]: readonly SettingChange[]): string {
  const text = ({ setting, value }: SettingChange): string =>
    setting === 'optimization.schedule.warmup.epochs'
      ? `a warm-up (${setting}=${value})`
      : `${setting}=${value}`
  const also = others.map((other) => `, or ${text(other)}`).join('')
  return `Start again with a lower learning rate (${text(rate!)})${also}.`
}

/** The end of a sentence. */
export function adviceText(advice: Advice): string {
  switch (advice.what) {
    case 'batch-normalization':
      return 'batch normalization (network.batchNorm=true)'
    case 'he-initialization':
      return 'He initialization (initialization.kind=he-small-last)'
    case 'standardize':
      return 'data.normalization=standardize'
    case 'more-updates':
      return `more updates per epoch than ${advice.stepsPerEpoch} (a smaller optimization.batchSize)`
    case 'trained-start':
      return `starting from a trained ${advice.config} (initialization.from)`
    case 'other-rate':
      return `another learning rate (optimization.learningRate=${advice.rates.join(' or ')})`
    case 'scale-jitter':
      return `scale jitter (data.scale=${advice.scale.join('-')})`
    case 'flips':
      return 'flips (data.flip=true), where mirror images are of the same class'
    case 'dropout':
      return 'dropout (network.dropout=0.5)'
    case 'label-smoothing':
      return 'label smoothing (optimization.labelSmoothing=0.1)'
    case 'look-at-labels':
      return 'a look at the labels of some images'
    case 'smaller-network':
      return 'a smaller network (network.widthMultiplier=0.5)'
  }
}
