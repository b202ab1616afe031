import * as z from 'zod'
import { saying } from '../base/issues.ts'
import type { Expectation } from '../messages/catalog.ts'
import { engineNames, precisions } from '../engine/types.ts'
import { initializations } from '../network/initialize.ts'
import { cropOf, entryOf, networkSchema, type NetworkSpec } from '../network/architectures/index.ts'
import { familyOf } from '../network/architectures/names.ts'
import { samplings } from '../pipeline/sampler.ts'
import { activeDistortions, augmentationSettings } from './augmentationSchema.ts'

const positive = z.number().gt(0)
const integer = z.int({
  error: ({ code }) =>
    code === 'invalid_type' ? saying({ code: 'must-be-of-type', values: { type: 'int' } }) : undefined,
})
const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => integer.min(least).max(most)

const rgb = z.tuple([z.number(), z.number(), z.number()])

/** The paper's S for its crop of 224 is 256; other crops get the same margin. */
export function defaultScale(crop: number): { min: number; max: number } {
  const shorter = Math.round((crop * 256) / 224)
  return { min: shorter, max: shorter }
}

/** `256`, `"256"` and `"256-512"` are short for {min, max}. */
export function longScale(value: unknown): unknown {
  if (typeof value === 'number') return { min: value, max: value }
  const range = typeof value === 'string' ? /^(\d+)(?:-(\d+))?$/.exec(value) : null
  return range ? { min: Number(range[1]), max: Number(range[2] ?? range[1]) } : value
}

const data = z
  .strictObject({
    /** The family's usual one, see overFamily. */
    crop: whole(32, 4096).default(entryOf({ family: familyOf(undefined) }).crop.usual),
    scale: z
      .preprocess(longScale, z.strictObject({ min: whole(32, 8192), max: whole(32, 8192) }).optional())
      .optional(),
    ...augmentationSettings,
    /** Normalization from the training images, or as expected by the weights that the run starts from: levels 0–255, RGB. */
    normalization: z
      .union([z.enum(['standardize', 'mean']), z.strictObject({ mean: rgb, std: rgb })])
      .default('standardize'),
    sampling: z.enum(samplings).default('shuffle'),
    classWeights: z.enum(['none', 'balanced']).default('none'),
  })
  .transform((value) => ({ ...value, scale: value.scale ?? defaultScale(value.crop) }))
  .superRefine((value, context) => {
    const refuse = (path: string[], expectation: Expectation): void =>
      context.addIssue({ code: 'custom', path, message: saying(expectation) })
    if (value.scale.min < value.crop) {
      refuse(['scale', 'min'], {
        code: 'must-reach-crop',
        values: { crop: value.crop, given: value.scale.min },
      })
    }
    if (value.scale.max < value.scale.min) {
      const values = { least: value.scale.min, given: value.scale.max }
      refuse(['scale', 'max'], { code: 'must-reach-least-scale', values })
    }
    if (value.sampling === 'balanced' && value.classWeights === 'balanced') {
      refuse(['classWeights'], { code: 'must-be-none-when-balanced', values: {} })
    }
  })

/** A number is short for a group of that one setting: `earlyStop: 5` for { patience: 5 }. */
const orNumber =
  (setting: string) =>
  (value: unknown): unknown =>
    typeof value === 'number' ? { [setting]: value } : value

/** The rate rises linearly over this many epochs (fractions allowed). */
const warmup = z.preprocess(orNumber('epochs'), z.strictObject({ epochs: positive }).nullable()).default(null)
const schedules = [
  z.strictObject({
    kind: z.literal('plateau'),
    factor: z.number().gt(1).default(10),
    patience: whole(1).default(5),
    maxDrops: whole(0).default(3),
    warmup,
  }),
  z.strictObject({
    kind: z.literal('step'),
    /** Epochs between two drops; null: they come at half and at three quarters of the run. */
    every: whole(1).nullable().default(null),
    factor: z.number().gt(1).default(10),
    warmup,
  }),
  z.strictObject({ kind: z.literal('cosine'), final: z.number().min(0).default(0), warmup }),
  z.strictObject({ kind: z.literal('constant'), warmup }),
] as const

/** `"step"` is short for { kind: "step" }, and settings without a kind are plateau's. */
const schedule = z.preprocess(
  (value) => {
    if (typeof value === 'string') return { kind: value }
    return typeof value === 'object' && value !== null && !('kind' in value)
      ? { kind: 'plateau', ...value }
      : value
  },
  z.discriminatedUnion('kind', schedules),
)

/** `"features,classifier.0"` is short for ["features", "classifier.0"]. */
const names = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value),
  z.array(z.string().min(1)),
)

/** What `optimization.frozen` may say instead of names. */
export const allButHead = 'all-but-head'
export const allButLastGroup = 'all-but-last-group'

const optimization = z
  .strictObject({
    epochs: whole(1, 1_000_000).default(74),
    batchSize: whole(1, 65_536).default(256),
    microBatch: z.union([z.literal('auto'), whole(1)]).default('auto'),
    learningRate: positive.default(0.01),
    momentum: z.number().min(0).lt(1).default(0.9),
    weightDecay: z.number().min(0).default(5e-4),
    labelSmoothing: z.number().min(0).lt(1).default(0),
    schedule: schedule.prefault({ kind: 'plateau' }),
    earlyStop: z
      .preprocess(orNumber('patience'), z.strictObject({ patience: whole(1) }).nullable())
      .default(null),
    /** Layers, beginnings of their names, groups of layers, or one of `frozenSets`. */
    frozen: names.prefault([]),
    /** Every this many epochs the last group that is frozen learns too. */
    unfreeze: z.preprocess(orNumber('every'), z.strictObject({ every: whole(1) }).nullable()).default(null),
    /** `lbfgs` fits a linear head as a whole, each epoch with half a decade less weight decay. */
    solver: z.enum(['sgd', 'lbfgs']).default('sgd'),
    rateFactors: z.record(z.string(), z.number().min(0)).prefault({}),
  })
  .superRefine((value, context) => {
    if (value.microBatch !== 'auto' && value.microBatch > value.batchSize) {
      const values = { batchSize: value.batchSize, given: value.microBatch }
      const message = saying({ code: 'must-fit-batch', values })
      context.addIssue({ code: 'custom', path: ['microBatch'], message })
    }
  })

interface Fitted {
  readonly network: NetworkSpec
  readonly data: z.output<typeof data>
  readonly optimization: z.output<typeof optimization>
}

/** What stands in the way of fitting the head as a whole: it has to be linear, on features that stay the same. */
function fittingIssues({ network, data: images, optimization: own }: Fitted) {
  if (own.solver === 'sgd') return []
  const { crops, scale, colorShift } = images
  const must = (wanted: unknown, given: unknown = null): Expectation => ({
    code: 'must-be-for-solver',
    values: { wanted: String(wanted), given: given === null ? null : String(given) },
  })
  const oneSize: Expectation = { code: 'must-be-one-size-for-solver', values: {} }
  const all: readonly (readonly [boolean, readonly string[], Expectation])[] = [
    ...Object.entries(entryOf(network).linearHead(network)).map(([name, linear]) => {
      const given = (network as Readonly<Record<string, unknown>>)[name]
      return [linear !== given, ['network', name], must(linear, given)] as const
    }),
    [own.frozen.join() !== allButHead, ['optimization', 'frozen'], must(allButHead)],
    [own.unfreeze !== null, ['optimization', 'unfreeze'], must(null)],
    [crops !== 'center', ['data', 'crops'], must('center', crops)],
    [scale.min !== scale.max, ['data', 'scale'], oneSize],
    [colorShift !== 0, ['data', 'colorShift'], must(0, colorShift)],
    ...activeDistortions(images).map((name) => [true, ['data', name], must(0, images[name])] as const),
  ]
  return all.filter(([isWrong]) => isWrong).map(([, path, own]) => ({ path, message: saying(own) }))
}

const initialization = z.strictObject({
  kind: z.enum(initializations).optional(),
  from: z
    .strictObject({
      run: z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string().min(1)),
      /** `best`, `last`, `epoch-5`; null: the best, or the last where there is no validation. */
      checkpoint: z.string().min(1).nullable().default(null),
      mode: z.enum(['staged', 'matching']).default('staged'),
    })
    .nullable()
    .default(null),
})

const threads = whole(1, 1024).nullable().default(null)
const execution = z.strictObject({
  engine: z.enum(['auto', ...engineNames]).default('auto'),
  device: z.string().min(1).default('auto'),
  precision: z.enum(['auto', ...precisions]).default('auto'),
  threads,
  decodeThreads: threads,
})

const checkpoints = z.strictObject({
  /** Keeps the checkpoint of every n-th epoch, beside `last` and `best`. */
  every: whole(1).nullable().default(null),
  /** Minutes after which `last` is saved within an epoch, at most. */
  minutes: positive.default(10),
})

const recipe = z
  .strictObject({
    version: z.literal(1).default(1),
    network: networkSchema.prefault({}),
    data: data.prefault({}),
    optimization: optimization.prefault({}),
    initialization: initialization.prefault({}),
    execution: execution.prefault({}),
    checkpoints: checkpoints.prefault({}),
    seed: whole(0).default(0),
  })
  .superRefine((value, context) => {
    for (const { path, message } of fittingIssues(value)) {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
  })
  .superRefine(({ network: spec, data: { crop } }, context) => {
    const entry = entryOf(spec)
    if (cropOf(entry).safeParse(crop).success) return
    const values = { least: entry.crop.least, network: entry.title, given: crop }
    const message = saying({ code: 'must-reach-least-crop', values })
    context.addIssue({ code: 'custom', path: ['data', 'crop'], message })
  })
  .transform((value) => {
    const kind = value.initialization.kind ?? entryOf(value.network).defaultInitialization(value.network)
    return { ...value, initialization: { ...value.initialization, kind } }
  })

type Group = Readonly<Record<string, unknown>>
const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the network's family says where the recipe says nothing, put under it. */
function overFamily(value: unknown): unknown {
  if (!isGroup(value)) return value
  const entry = entryOf({ family: familyOf(value['network']) })
  const usual = { data: {}, ...entry.recipe }
  const groups = Object.entries(usual).map(([name, settings]): [string, unknown] => {
    const own = value[name]
    const base = name === 'data' ? { crop: entry.crop.usual, ...settings } : settings
    return [name, own === undefined ? base : isGroup(own) ? { ...base, ...own } : own]
  })
  return { ...value, ...Object.fromEntries(groups) }
}

/**
 * Everything that a person decides about a training run. Defaults: what the paper of the network's family says, else
 * VGG's (§3.1), but for the initial weights and the normalization of the images.
 */
export const recipeSchema = z.preprocess(overFamily, recipe) as unknown as z.ZodType<
  z.output<typeof recipe>,
  z.input<typeof recipe>
>
