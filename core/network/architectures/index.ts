import * as z from 'zod'
import { StudioError } from '../../base/errors.ts'
import { expectation } from '../../base/issues.ts'
import type { Expectation } from '../../messages/catalog.ts'
import type { InitializationScheme } from '../initializationScheme.ts'
import type { Initialization } from '../initialize.ts'
import type { Network } from '../types.ts'
import { alexnet } from './alexnet.ts'
import type { Architecture } from './entry.ts'
import { familyOf, type Config, type Family } from './names.ts'
import { googlenet } from './googlenet.ts'
import { resnet } from './resnet.ts'
import { wholeFrom } from './settings.ts'
import { vgg } from './vgg.ts'

const entries = { vgg, alexnet, googlenet, resnet } as const satisfies {
  readonly [F in Family]: { readonly family: F }
}

type SpecOf<Entry> = Entry extends Architecture<infer Spec> ? Readonly<Spec> : never

/** What determines a network but for its classes and crop: a union tagged by `family`. */
export type NetworkSpec = { readonly [F in Family]: SpecOf<(typeof entries)[F]> }[Family]
/** A spec as people write it: what it leaves out has the family's default. */
export type NetworkInput = { readonly config: Config } & Readonly<Record<string, unknown>>

/** Everything that determines a network; stored with checkpoints. */
export type NetworkOptions = NetworkSpec & {
  /** Number of classes, ≥ 2. */
  readonly classes: number
  /** Side of the square input in pixels. */
  readonly crop: number
}

/** An entry of some family: its functions take their own family's specs only, so ask the entry that a spec names. */
export type AnyArchitecture = Architecture<NetworkSpec>
const general = (entry: (typeof entries)[Family]): AnyArchitecture => entry as unknown as AnyArchitecture

/** All entries, in the order in which they are shown. */
export const architectures: readonly AnyArchitecture[] = Object.values(entries).map(general)

/** The entry of a network's family. */
export const entryOf = ({ family }: { readonly family: Family }): AnyArchitecture => general(entries[family])

/** Full display name of a network: `VGG A with batch normalization`. */
export const titleOf = (spec: NetworkSpec): string => entryOf(spec).titleOf(spec)

const named = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value, family: (value as { family?: unknown }).family ?? familyOf(value) }
    : value

type Schemas = readonly [z.ZodObject, ...z.ZodObject[]]
const tagged = <Output>(schemas: readonly z.ZodObject[]): z.ZodType<Output> =>
  z.preprocess(named, z.discriminatedUnion('family', schemas as Schemas)) as unknown as z.ZodType<Output>

/** Schema for recipes and the API: strict, with every default filled in; what names no family is of its config's. */
export const networkSchema = tagged<NetworkSpec>(architectures.map(({ schema }) => schema))

const classes = z.int({ error: wholeFrom(2) }).min(2, wholeFrom(2))

/** Schema for checkpoints: keys that later versions add are let through. */
export const networkOptionsSchema = tagged<NetworkOptions>(
  architectures.map(({ schema }) => z.object({ ...schema.shape, classes, crop: z.int().min(1) })),
)

/** A network's settings with the defaults of its family. @throws ZodError, for specs in code */
export const networkSpec = (input: NetworkInput): NetworkSpec => networkSchema.parse(input)

/**
 * The network that the options determine. The only place where they are checked as a whole.
 * @throws StudioError `invalid-option`, naming the option
 */
export function buildNetwork({ classes: count, crop, ...input }: NetworkOptions): Network {
  const result = networkSchema.safeParse(input)
  const entry = entryOf({ family: familyOf(input) })
  if (!result.success) throw refused(result.error, input, entry)
  const size = classes.safeParse(count)
  if (!size.success) throw refused(size.error, { classes: count }, entry, 'classes')
  const side = cropOf(entry).safeParse(crop)
  if (!side.success) throw refused(side.error, { crop }, entry, 'crop')
  return entry.build(result.data, count, crop)
}

/** A network's settings without its head's, its classes and its crop: what a new head is put on. */
export function featuresOf({ classes: _, crop: __, ...spec }: NetworkOptions): NetworkFeatures {
  const { headSettings } = entryOf(spec)
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !headSettings.includes(name)))
}
export type NetworkFeatures = Readonly<Record<string, unknown>>

/** Crops that a family accepts. */
export function cropOf({ crop: { least } }: AnyArchitecture) {
  return z.int({ error: wholeFrom(least) }).min(least, wholeFrom(least))
}

/** The initialization scheme that `initialization.kind` stands for. */
export function initialScheme(
  spec: { readonly family: Family },
  kind: Initialization,
): InitializationScheme | Exclude<Initialization, 'torchvision'> {
  return kind === 'torchvision' ? entryOf(spec).torchvision : kind
}

function refused(
  { issues: [issue] }: z.ZodError,
  input: Readonly<Record<string, unknown>>,
  { family }: AnyArchitecture,
  name = String(issue!.path[0] ?? 'network'),
): StudioError {
  if (issue!.code === 'unrecognized_keys')
    return new StudioError('invalid-option', { what: 'unknown', names: issue!.keys })
  const value = input[name]
  const given = typeof value === 'string' ? `"${value}"` : String(value)
  const expected: Expectation =
    issue!.code === 'invalid_value'
      ? { code: 'must-be-among', values: { values: issue!.values.map(String) } }
      : expectation(issue!)
  return new StudioError('invalid-option', { what: 'value', family, name, expected, given })
}
