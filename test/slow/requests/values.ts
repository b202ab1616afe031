import * as z from 'zod'
import type { Random } from '../../../core/base/random.ts'

/** JSON Schema, as far as it is read here. */
interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}

export const schemaOf = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema

/** Texts that a pattern may be about: ids that exist and that do not, lists of them, names. */
const known = [
  ...['r1', 'r1', 'r1', 'r2', 'd1', 'd1', 'd1', 'e1', 'e1', 'x1', 'p1', 'm1', 'j1', 'j2', 'r999999', 'd7'],
  ...['r1,r2', 'e1,e2', 'r1', 'e1', 'r1,r1', '0', '0,1', '2', '00000000', '0123456789abcdef', 'last', 'best'],
  ...[
    'list.csv',
    'labels.tsv',
    'clothes',
    'D',
    'resnet50@128',
    'D,resnet50@128',
    'conv1_1',
    'input',
    'vgg16-features',
  ],
]
const odd = [
  ...[
    '',
    ' ',
    '..',
    '../../etc/passwd',
    '/etc/passwd',
    '/',
    'C:\\Windows',
    '\u0000',
    'a\u0000b',
    '%00',
    '%2e%2e%2f',
  ],
  ...[
    "'; DROP TABLE runs; --",
    '<script>alert(1)</script>',
    '${1}',
    'ünï⨯😀',
    '\ud800',
    'null',
    'NaN',
    '1e309',
    '-1',
  ],
  ...[
    '__proto__',
    'constructor',
    'x'.repeat(300),
    'y'.repeat(5000),
    '9007199254740993',
    '0x10',
    'true',
    '[object Object]',
  ],
]
const anything: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 1.5, -0, 2 ** 53, 1e308, -1e308, [], {}, [[]], [null], { a: { b: {} } }],
  ...odd,
]

/** Values that fit a schema, and values that do not. */
export interface Values {
  pick<Value>(from: readonly Value[]): Value
  /** Mostly of the schema. */
  fitting(schema: Schema): unknown
  /** The same with something changed, somewhere. */
  bent(value: unknown): unknown
}

export function valuesFrom(source: Random): Values {
  const pick = <Value>(from: readonly Value[]): Value => from[source.integer(from.length)]!
  const chance = (part: number): boolean => source.uniform() < part

  function text({ pattern, minLength = 0, maxLength = Infinity }: Schema): string {
    const fits = (candidate: string): boolean =>
      candidate.length >= minLength &&
      candidate.length <= maxLength &&
      (pattern === undefined || new RegExp(pattern, 'u').test(candidate))
    const candidates = [...known, ...(pattern === undefined ? odd : [])].filter(fits)
    return candidates.length === 0 ? 'x'.repeat(Math.max(1, minLength)) : pick(candidates)
  }

  function number({ type, minimum, maximum }: Schema): number {
    const least = Math.max(minimum ?? -1e6, -1e15)
    const most = Math.min(maximum ?? 1e6, 1e15)
    const value = chance(0.5)
      ? pick([least, most, Math.min(most, least + 1)])
      : least + source.uniform() * Math.min(most - least, 100)
    return type === 'integer' ? Math.round(value) : value
  }

  function object({ properties = {}, required = [], additionalProperties }: Schema): object {
    const entries = Object.entries(properties)
      .filter(([name]) => required.includes(name) || chance(0.4))
      .map(([name, schema]) => [name, fitting(schema)])
    if (typeof additionalProperties !== 'object') return Object.fromEntries(entries) as object
    return { ...pick(recipes), ...(Object.fromEntries(entries) as object) }
  }

  function fitting(schema: Schema): unknown {
    const choices = schema.anyOf ?? schema.oneOf
    if (choices) return fitting(pick(choices))
    if (schema.allOf) return fitting(schema.allOf[0]!)
    if (schema.const !== undefined) return schema.const
    if (schema.enum) return pick(schema.enum)
    switch (schema.type) {
      case 'string':
        return text(schema)
      case 'number':
      case 'integer':
        return number(schema)
      case 'boolean':
        return chance(0.5)
      case 'null':
        return null
      case 'object':
        return object(schema)
      case 'array': {
        if (schema.prefixItems) return schema.prefixItems.map(fitting)
        const { minItems = 0, maxItems = 5, items = {} } = schema
        const count = minItems + source.integer(Math.max(1, Math.min(maxItems, minItems + 4) - minItems + 1))
        return Array.from({ length: count }, () => fitting(items))
      }
      default:
        return pick(anything)
    }
  }

  function bent(value: unknown): unknown {
    if (Array.isArray(value) && value.length > 0 && chance(0.7))
      return value.map((each, index) => (index === 0 ? bent(each) : (each as unknown)))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return pick(anything)
    const entries = Object.entries(value)
    if (entries.length === 0 || chance(0.15)) return { ...value, [pick(odd)]: pick(anything) }
    const [name] = pick(entries)
    if (chance(0.2)) return Object.fromEntries(entries.filter(([other]) => other !== name))
    return Object.fromEntries(entries.map(([key, each]) => [key, key === name ? bent(each) : each]))
  }

  return { pick, fitting, bent }
}

/** Parts of recipes, right and wrong: what schemas leave open, since presets fill it in. */
const recipes: readonly Readonly<Record<string, unknown>>[] = [
  {},
  {
    network: { config: 'A', widthMultiplier: 0.1, fcWidth: 32 },
    data: { crop: 32 },
    optimization: { epochs: 1 },
  },
  { network: { config: 'resnet18' }, data: { crop: 64, scale: { min: 64, max: 80 } } },
  { network: { config: 'googlenet', auxiliary: false }, optimization: { batchSize: 1_000_000 } },
  { network: { config: 'D', fcWidth: 1e9 }, data: { crop: 1e6 } },
  { network: { config: 'alexnet' }, optimization: { epochs: 1e9, learningRate: -1 } },
  { network: { config: 'Z' } },
  { initialization: { from: 'r1' }, optimization: { frozen: 'all-but-head' } },
  { initialization: { from: 'r999', kind: 'transfer' } },
  { execution: { engine: 'onnxruntime', device: 'cpu', threads: 1 }, seed: -1 },
  { execution: { device: 'moon', precision: 'fp1' } },
  { data: null, network: [], optimization: 'fast' },
  { optimization: { schedule: { kind: 'step', milestones: [-1, 1e9] } } },
  { __proto__: { config: 'A' }, constructor: {} },
]
