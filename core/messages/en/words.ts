import { oneLine } from '../text.ts'
import type { Draft, Reason, SettingProblem, TensorflowRemedy, TextOfFact } from '../types.ts'

export const number = (value: number): string => value.toLocaleString('en-US')

/** `1 image`, `1,600 images` */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${number(value)} ${value === 1 ? one : many}`

export const gigabytes = (bytes: number): string =>
  bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`

/** @param share 0–1 */
export const wholePercent = (share: number): string => `${Math.round(100 * share)}%`

/** The first few names of a list that may be long. */
export const first = (names: readonly string[], most: number): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? ' …' : ''}`

export type RegistryKind = 'dataset' | 'run' | 'evaluation' | 'ensemble' | 'export' | 'plan'

export const kindNames: Readonly<Record<RegistryKind, string>> = {
  dataset: 'data set',
  run: 'run',
  evaluation: 'evaluation',
  ensemble: 'ensemble',
  export: 'export',
  plan: 'plan',
}

export const referenceHints: Readonly<Record<RegistryKind, string>> = {
  dataset:
    'It goes by an id (d1), a name, or the path of a folder; vgg-studio datasets lists those that are there, vgg-studio import FOLDER brings another.',
  run: 'The list of runs shows those that are there (vgg-studio runs).',
  evaluation: 'Each run lists its evaluations (vgg-studio show RUN).',
  ensemble: 'Evaluate several runs together to make one (vgg-studio evaluate RUN RUN).',
  export: 'Each run lists its exports (vgg-studio show RUN).',
  plan: 'A run that belongs to one names it (vgg-studio show RUN).',
}

/** Why a name is refused. */
export const nameReasons = {
  empty: 'it is empty',
  long: 'it is longer than 100 characters',
  last: '"last" stands for the newest one',
  id: 'it looks like an id',
  dash: 'it begins with a dash, like an option',
  characters: 'it contains "@" or a control character',
} as const

/** A file or folder, and what is wrong with it. */
export interface NamedProblem {
  readonly path: string
  readonly problem: Reason
}

export const problemText = ({ path, problem }: NamedProblem, say: TextOfFact): string =>
  `${path}: ${oneLine(say(problem))}`

/** A field of a request, and what it must be. */
export interface FieldIssue {
  /** Empty: the whole. */
  readonly path: string
  readonly expected: Reason
}

export const fieldText = ({ path, expected }: FieldIssue, say: TextOfFact): string =>
  path === '' ? say(expected).message : `${path}: ${say(expected).message}`

/** What is wrong with a setting, without its name. */
export function settingText(problem: SettingProblem, say: TextOfFact): Draft {
  if ('unknown' in problem) {
    const hint = problem.known.length === 0 ? null : `Available: ${problem.known.join(', ')}.`
    return { message: 'there is no such setting', hint }
  }
  const given = problem.given === null ? '' : `, not ${problem.given}`
  return { message: `${say(problem.expectation).message}${given}` }
}

/** `optimization.learningRate: must be greater than 0, not -1` */
export function namedSettingText(problem: SettingProblem, say: TextOfFact): Draft {
  const { message, hint } = settingText(problem, say)
  const names = 'unknown' in problem ? problem.unknown : [problem.path === '' ? 'the recipe' : problem.path]
  return { message: names.map((name) => `${name}: ${message}`).join('; '), hint }
}

/** What to install, by a system's package manager. */
export interface SystemPackages {
  /** `Debian and Ubuntu` */
  readonly system: string
  /** `sudo apt install` */
  readonly command: string
  readonly packages: readonly string[]
}

/** `On Debian and Ubuntu: sudo apt install g++` */
export const howToGet = ({ system, command, packages }: SystemPackages): string =>
  `On ${system}: ${command} ${packages.join(' ')}`

const installTensorflow = 'vgg-studio engines install tensorflow'

export function withRemedy(hint: string, remedy: TensorflowRemedy | null): string {
  if (remedy === null) return hint
  return remedy.on === 'gpu'
    ? `${hint} With an NVIDIA GPU, TensorFlow computes there: install it with \`${installTensorflow} --cuda\`.`
    : `${hint} TensorFlow computes in ${remedy.precision} on this CPU: install it with \`${installTensorflow}\`.`
}

/** What to do about the compiler that CXX names. */
export const otherCompiler = 'Set CXX to the program of another compiler, or unset it.'

/** @param cxx what CXX names, where it is set: another need not be installed then */
export function toolText(tool: 'python' | 'compiler' | 'headers', cxx: string | null): string {
  if (tool === 'python') return 'Python 3 with pip'
  if (tool === 'headers') return "Node's headers (node_api.h)"
  return cxx === null ? 'a C++ compiler' : `a C++ compiler (CXX names “${cxx}”, which does not run)`
}

/** How far an export's answers are from its source's. */
export interface CertificateValues {
  readonly runtimes: readonly {
    readonly runtime: string
    readonly pictures: number
    readonly maxDifference: number
    readonly sameTop1: number
  }[]
  readonly tolerance: number
}

/** A format in fewer bits beside single precision; pairs are single precision, then the format. */
export interface ComparisonValues {
  readonly images: number
  readonly correct: readonly [number, number]
  readonly difference: number
  readonly interval: { readonly low: number; readonly high: number }
  readonly bytes: readonly [number, number]
  readonly milliseconds: readonly [number, number] | null
  readonly warnings: readonly ('slower' | 'less-accurate' | 'too-few-images')[]
}

const points = (share: number): string => (100 * share).toFixed(2).replace('-', '−')
const comparisonWarnings = {
  slower: 'It is slower than single precision on this machine.',
  'less-accurate': 'On these images it loses more than 0.3 points of accuracy.',
  'too-few-images': 'These are too few images to tell whether it loses 0.3 points of accuracy.',
}

/** `Right for 96 of 100 images that were not trained on; in single precision for 97: −1.00 points (95% interval −5.4 to 2.8)…` */
export function comparisonText(values: ComparisonValues): string {
  const { images, correct, difference, interval, bytes, milliseconds, warnings } = values
  const megabytes = bytes.map((size) => `${(size / 1e6).toFixed(1)} MB`)
  const times = milliseconds?.map((time) => `${time.toFixed(1)} ms`)
  return [
    `Right for ${correct[1]} of ${images} images that were not trained on, in single precision for ${correct[0]}: ` +
      `${points(difference)} points (95% interval ${points(interval.low)} to ${points(interval.high)}).`,
    `${megabytes[1]} instead of ${megabytes[0]}; ${
      times
        ? `${times[1]} a picture instead of ${times[0]}, in ONNX Runtime on this machine's CPU`
        : 'computed in single precision alike'
    }.`,
    ...warnings.map((warning) => comparisonWarnings[warning]),
  ].join(' ')
}

/** `onnxruntime-node: largest difference of a probability 2.4e-7 over 39 pictures (tolerance 1.0e-3), same class first for 39` */
export function certificateText({ runtimes, tolerance }: CertificateValues): string {
  return runtimes
    .map(
      ({ runtime, pictures, maxDifference, sameTop1 }) =>
        `${runtime}: largest difference of a probability ${maxDifference.toExponential(1)} over ${pictures} ` +
        `${pictures === 1 ? 'picture' : 'pictures'} (tolerance ${tolerance.toExponential(1)}), same class first for ${sameTop1}`,
    )
    .join('; ')
}
