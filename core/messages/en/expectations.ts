import { fixedText } from '../text.ts'
import type { Reason, SettingProblem, TextOfFact } from '../types.ts'
import { namedSettingText, settingText } from './words.ts'

const typeNames: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a group of settings',
  record: 'a group of settings',
}

function oneOf(values: readonly string[]): string {
  if (values.length < 2) return values.join('')
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}

const solver = 'for optimization.solver=lbfgs'

type IdList = (least: number, most: number) => string
const idLists = {
  ids: ((least, most) => `give ${least} to ${most} ids`) as IdList,
  runs: ((least, most) => `give ${least} to ${most} runs, r1,r2`) as IdList,
  'evaluations-of-runs': (() => 'give an evaluation of each run, e1,e4') as IdList,
  classes: ((least, most) => `give ${least} to ${most} class indices`) as IdList,
} as const

/** What a value must be: the end of a sentence that begins with its name, without a period. */
export const expectations = {
  /** A setting of a recipe, where its name stands beside the text. */
  'setting-problem': ({ problem }: { readonly problem: SettingProblem }, say: TextOfFact) =>
    'unknown' in problem ? namedSettingText(problem, say) : settingText(problem, say),
  'must-be-at-least': ({ least }: { readonly least: string }) => ({ message: `must be at least ${least}` }),
  'must-be-above': ({ least }: { readonly least: string }) => ({ message: `must be greater than ${least}` }),
  'must-be-at-most': ({ most }: { readonly most: string }) => ({ message: `must be at most ${most}` }),
  'must-be-below': ({ most }: { readonly most: string }) => ({ message: `must be less than ${most}` }),
  'must-not-be-empty': fixedText('must not be empty'),
  'must-be-of-type': ({ type }: { readonly type: string }) => ({
    message: `must be ${typeNames[type] ?? type}`,
  }),
  'must-be-one-of': ({ values }: { readonly values: readonly string[] }) => ({
    message: `must be ${oneOf(values)}`,
  }),
  'must-be-among': ({ values }: { readonly values: readonly string[] }) => ({
    message: `must be one of ${values.join(', ')}`,
  }),
  /** `must be auto or a whole number` */
  'must-be-either': ({ ways }: { readonly ways: readonly Reason[] }, say: TextOfFact) => ({
    message: `must be ${oneOf(ways.map((way) => say(way).message.replace(/^must be /, '')))}`,
  }),
  'must-match': ({ pattern }: { readonly pattern: string }) => ({ message: `must match ${pattern}` }),
  'must-be-id': fixedText('not an id'),
  'must-be-a-fraction': fixedText('must be a number from 0 to below 1'),
  'must-be-positive': fixedText('must be a number above 0'),
  'must-be-whole-from': ({ least }: { readonly least: number }) => ({
    message: `must be a whole number of at least ${least}`,
  }),
  'must-be-whole-or-null': ({ least }: { readonly least: number }) => ({
    message: `must be a whole number of at least ${least}, or null`,
  }),
  'must-be-csv-name': fixedText('must be the name of a CSV file in the folder'),
  'must-be-job-id': fixedText('not the id of a job'),
  'must-be-ids': ({
    what,
    least,
    most,
  }: {
    readonly what: keyof typeof idLists
    readonly least: number
    readonly most: number
  }) => ({ message: idLists[what](least, most) }),
  'must-not-have': ({ names }: { readonly names: readonly string[] }) => ({
    message: `there is no ${names.map((name) => `“${name}”`).join(', ')}`,
  }),
  'must-be-other': fixedText('is not accepted'),
  'must-reach-crop': ({ crop, given }: { readonly crop: number; readonly given: number }) => ({
    message: `must be at least data.crop (${crop}), not ${given}`,
  }),
  'must-reach-least-scale': ({ least, given }: { readonly least: number; readonly given: number }) => ({
    message: `must be at least data.scale.min (${least}), not ${given}`,
  }),
  'must-be-none-when-balanced': fixedText(
    'must be none with balanced sampling, which already evens out the classes',
  ),
  'must-fit-batch': ({ batchSize, given }: { readonly batchSize: number; readonly given: number }) => ({
    message: `must be at most optimization.batchSize (${batchSize}), not ${given}`,
  }),
  'must-reach-least-crop': ({
    least,
    network,
    given,
  }: {
    readonly least: number
    readonly network: string
    readonly given: number
  }) => ({ message: `must be at least ${least} for ${network}, not ${given}` }),
  /** A setting of a head that is fitted as a whole; `given` is null where it is not told. */
  'must-be-for-solver': ({ wanted, given }: { readonly wanted: string; readonly given: string | null }) => ({
    message: `must be ${wanted} ${solver}${given === null ? '' : `, not ${given}`}`,
  }),
  'must-be-one-size-for-solver': fixedText(`must be one size ${solver}, not a range`),
} as const
