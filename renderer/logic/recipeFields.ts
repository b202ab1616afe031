import type { m } from '../messages/index.ts'

/** The settings of a recipe that have a plain field each, in the order in which they are shown. */
export type Field = {
  readonly path: FieldPath
} & (
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly options: readonly (keyof typeof m.plan.options)[] }
  | {
      readonly kind: 'number'
      readonly min: number
      readonly max?: number
      readonly step: number | 'any'
      /** An empty field means null. */
      readonly optional?: boolean
    }
)
export type FieldPath = keyof typeof m.plan.fields
export type Group = keyof typeof m.plan.groups

const number = (path: FieldPath, min: number, step: number | 'any' = 'any', max?: number): Field => ({
  path,
  kind: 'number',
  min,
  step,
  ...(max === undefined ? {} : { max }),
})

export const recipeFields: Readonly<
  Record<Exclude<Group, 'initialization' | 'execution'>, readonly Field[]>
> = {
  network: [
    { path: 'network.batchNorm', kind: 'switch' },
    number('network.widthMultiplier', 0.01),
    number('network.fcWidth', 1, 1),
    number('network.dropout', 0, 0.05, 0.95),
  ],
  data: [
    number('data.crop', 32, 1),
    { path: 'data.mode', kind: 'choice', options: ['crop', 'pad', 'squash'] },
    { path: 'data.flip', kind: 'switch' },
    number('data.colorShift', 0, 0.05, 10),
    { path: 'data.normalization', kind: 'choice', options: ['standardize', 'mean'] },
    { path: 'data.sampling', kind: 'choice', options: ['shuffle', 'balanced'] },
    { path: 'data.classWeights', kind: 'choice', options: ['none', 'balanced'] },
  ],
  optimization: [
    number('optimization.batchSize', 1, 1),
    number('optimization.learningRate', 0),
    {
      path: 'optimization.schedule.kind',
      kind: 'choice',
      options: ['plateau', 'step', 'cosine', 'constant'],
    },
    number('optimization.momentum', 0, 0.01, 0.999),
    number('optimization.weightDecay', 0),
    number('optimization.labelSmoothing', 0, 0.05, 0.95),
    { path: 'optimization.earlyStop.patience', kind: 'number', min: 1, step: 1, optional: true },
    number('seed', 0, 1),
  ],
  checkpoints: [
    { path: 'checkpoints.every', kind: 'number', min: 1, step: 1, optional: true },
    number('checkpoints.minutes', 1, 1),
  ],
}
