import type { FamilyView } from '../../core/server/api/types.ts'
import type { m } from '../messages/index.ts'

/** The settings of a recipe that have a plain field each, in the order in which they are shown. */
export type Field = {
  readonly path: FieldPath
} & (
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly options: readonly (keyof typeof m.newRun.options)[] }
  | {
      readonly kind: 'number'
      readonly min: number
      readonly max?: number
      readonly step: number | 'any'
      /** What an empty field means; left out: as the preset says. */
      readonly empty?: null | 'auto'
    }
  /** Names, or names with numbers, as a line of text. */
  | { readonly kind: 'names' }
  | { readonly kind: 'factors' }
)
export type FieldPath = keyof typeof m.newRun.fields
export type Group = keyof typeof m.newRun.groups

const number = (path: FieldPath, min: number, step: number | 'any' = 'any', max?: number): Field => ({
  path,
  kind: 'number',
  min,
  step,
  ...(max === undefined ? {} : { max }),
})

const optional = (path: FieldPath, min: number, empty: null | 'auto', step: number | 'any' = 1): Field => ({
  path,
  kind: 'number',
  min,
  step,
  empty,
})

/** The settings that the networks of a family have. */
export const networkFields = (settings: FamilyView['settings']): readonly Field[] =>
  settings.map((one) => {
    const path = `network.${one.setting}` as FieldPath
    if (one.kind === 'switch') return { path, kind: 'switch' }
    if (one.kind === 'choice') return { path, kind: 'choice', options: one.options }
    if (one.optional === true) return optional(path, one.min, null, one.step ?? 'any')
    return number(path, one.min, one.step ?? 'any', one.max ?? undefined)
  })

export const recipeFields: Readonly<Record<Exclude<Group, 'initialization' | 'network'>, readonly Field[]>> =
  {
    data: [
      number('data.crop', 32, 1),
      { path: 'data.mode', kind: 'choice', options: ['crop', 'pad', 'pad-white', 'squash'] },
      { path: 'data.crops', kind: 'choice', options: ['random', 'resized', 'center'] },
      { path: 'data.flip', kind: 'switch' },
      number('data.colorShift', 0, 0.05, 10),
      number('data.rotation', 0, 5, 180),
      number('data.brightness', 0, 0.1, 5),
      number('data.contrast', 0, 0.1, 5),
      number('data.saturation', 0, 0.1, 5),
      number('data.blur', 0, 0.1, 50),
      number('data.erasing', 0, 0.05, 1),
      number('data.mixup', 0, 0.1, 10),
      { path: 'data.normalization', kind: 'choice', options: ['standardize', 'mean'] },
      { path: 'data.sampling', kind: 'choice', options: ['shuffle', 'balanced'] },
      { path: 'data.classWeights', kind: 'choice', options: ['none', 'balanced'] },
    ],
    optimization: [
      number('optimization.batchSize', 1, 1),
      optional('optimization.microBatch', 1, 'auto'),
      number('optimization.learningRate', 0),
      {
        path: 'optimization.schedule.kind',
        kind: 'choice',
        options: ['plateau', 'step', 'cosine', 'constant'],
      },
      number('optimization.momentum', 0, 0.01, 0.999),
      number('optimization.weightDecay', 0),
      number('optimization.labelSmoothing', 0, 0.05, 0.95),
      optional('optimization.earlyStop.patience', 1, null),
      { path: 'optimization.solver', kind: 'choice', options: ['sgd', 'lbfgs'] },
      { path: 'optimization.frozen', kind: 'names' },
      optional('optimization.unfreeze.every', 1, null),
      { path: 'optimization.rateFactors', kind: 'factors' },
      number('seed', 0, 1),
    ],
    execution: [optional('execution.threads', 1, null), optional('execution.decodeThreads', 1, null)],
    checkpoints: [optional('checkpoints.every', 1, null), number('checkpoints.minutes', 1, 1)],
  }

const warmup = optional('optimization.schedule.warmup.epochs', 0, null, 'any')
const factor = number('optimization.schedule.factor', 1)

/** What the chosen schedule has of its own. */
export const scheduleFields: Readonly<Record<string, readonly Field[]>> = {
  plateau: [
    factor,
    number('optimization.schedule.patience', 1, 1),
    number('optimization.schedule.maxDrops', 0, 1),
    warmup,
  ],
  step: [optional('optimization.schedule.every', 1, null), factor, warmup],
  cosine: [number('optimization.schedule.final', 0), warmup],
  constant: [warmup],
}

/** What a choice of crops has of its own. */
export const cropFields: Readonly<Record<string, readonly Field[]>> = {
  resized: [number('data.cropArea', 0.01, 0.01, 1)],
}

/** The setting that a field stands for: some go with their group, no patience means no early stop. */
export function settingFor(path: string, value: unknown): readonly [path: string, value: unknown] {
  switch (path) {
    case 'optimization.earlyStop.patience':
      return ['optimization.earlyStop', value == null ? null : { patience: value }]
    case 'optimization.unfreeze.every':
      return ['optimization.unfreeze', value == null ? null : { every: value }]
    case 'optimization.schedule.warmup.epochs':
      return ['optimization.schedule.warmup', value == null ? null : { epochs: value }]
    case 'optimization.schedule.kind':
      // Another schedule keeps nothing of this one's settings.
      return ['optimization.schedule', value === undefined ? undefined : { kind: value }]
    default:
      return [path, value]
  }
}

/** `['features', 'classifier.0']` → `features, classifier.0`; `{features: 0.1}` → `features=0.1` */
export function lineOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value !== 'object' || value === null) return ''
  return Object.entries(value)
    .map(([name, number]) => `${name}=${number}`)
    .join(', ')
}

/** The other way round; undefined for an empty line. What is no number stays text, for the server to refuse. */
export function valueOf(kind: 'names' | 'factors', line: string): unknown {
  const parts = line
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0) return undefined
  if (kind === 'names') return parts
  return Object.fromEntries(
    parts.map((part) => {
      const [name = '', number = ''] = part.split('=').map((side) => side.trim())
      return [name, number === '' || Number.isNaN(Number(number)) ? number : Number(number)]
    }),
  )
}
