import { createHash } from 'node:crypto'
import type { Split } from '../dataset/types.ts'
import type { Interval } from '../evaluation/types.ts'
import { describeProtocol, parseProtocol } from '../evaluation/protocol.ts'
import type { ChosenProtocol } from '../evaluation/sharedProtocol.ts'
import { runFolder, type HomeContext } from '../jobs/context/home.ts'
import { peakMemory } from '../jobs/recording/journal.ts'
import { buildNetwork, titleOf, type NetworkOptions } from '../network/architectures/index.ts'
import { describe } from '../network/cost.ts'
import type { Execution, Id } from '../registry/types.ts'
import { bestEpoch } from '../training/best.ts'
import { featurePasses } from '../training/features/split.ts'
import { namedNetwork, nameOf } from '../training/namedNetwork.ts'
import { networkOptions, parseRecipe } from '../training/recipe.ts'
import { differencesOf, imagesOf, pairedEvaluations, type Difference, type Measurement } from './pairing.ts'
import { runResults, type RunResults } from './show.ts'

export interface ComplexityInput {
  readonly runs: readonly string[]
  /** Networks by name (see namedNetwork), to stand beside the runs. */
  readonly networks?: readonly string[] | undefined
  /** Classes of those; default: the first run's, else the paper's 1,000. */
  readonly classes?: number | undefined
  /** Id of the basis that errors are of; default: the first. */
  readonly basis?: string | undefined
}

/** What networks cost and how wrong they are: operations against error, with parameters, speed and memory. */
export interface Complexity {
  /** The runs, then the networks, in the order in which they were named. */
  readonly points: readonly ComplexityPoint[]
  /** What errors there are to set beside each other: those that most runs have first. */
  readonly bases: readonly ErrorBasis[]
  /** Whose errors these are; null where no run has any. */
  readonly basis: string | null
}

export interface ComplexityPoint {
  /** Null: a network that was only named. */
  readonly run: { readonly run: Id; readonly name: string } | null
  /** See namedNetwork. */
  readonly network: string
  /** `VGG D` */
  readonly title: string
  /** Pixels of the square input. */
  readonly crop: number
  readonly classes: number
  /** Weight layers on the longest way. */
  readonly depth: number
  readonly parameters: number
  /** Forward, one image. */
  readonly multiplyAdds: number
  /** Null where the run has none of the basis. */
  readonly error: PointError | null
  /** Median over the epochs, forward and backward; null where nothing was measured. */
  readonly trainingSpeed: number | null
  /** The most that its process held while it trained, bytes; null where unknown. */
  readonly memory: { readonly process: number | null; readonly device: number | null }
  /** Where it trained last. */
  readonly execution: Execution | null
}

export interface PointError {
  /** 0–1. */
  readonly top1Error: number
  readonly top1Interval: Interval | null
  /** 0–1; null with five classes or fewer. */
  readonly top5Error: number | null
  /** How many images it is of; records of earlier versions do not say. */
  readonly images: number | null
  readonly split: Split
  readonly checkpoint: string
  readonly protocolText: string
  /** Null: the best epoch's validation, which chose it. */
  readonly evaluation: Id | null
  /** Images a second of that evaluation, all views of each; null where not measured. */
  readonly imagesPerSecond: number | null
}

/** Errors that may stand beside each other. */
export interface ErrorBasis {
  /** Made from what it is of, so that an address that names it stays right. */
  readonly id: string
  /** `nearest`: no protocol is common to all that were evaluated, and these were made most alike. */
  readonly kind: 'evaluations' | 'validation' | 'nearest'
  readonly dataset: { readonly name: string; readonly version: number } | null
  readonly split: Split
  /** How many images; null where records do not say. */
  readonly images: number | null
  /** The first run's; that of each stands with its number. */
  readonly protocolText: string
  /** To evaluate others by it. */
  readonly protocol: ChosenProtocol
  /** Runs that have it. */
  readonly runs: readonly Id[]
  /** What was not alike among them. */
  readonly differences: readonly Difference[]
}

interface Found extends Measurement {
  readonly run: Id
  readonly error: PointError
  readonly dataset: RunResults['dataset']
}

interface Basis {
  readonly shown: ErrorBasis
  readonly errors: ReadonlyMap<Id, PointError>
}

const paperClasses = 1000

/** @throws StudioError `not-found`, and those of namedNetwork */
export async function complexity(context: HomeContext, input: ComplexityInput): Promise<Complexity> {
  const runs = [...new Set(input.runs.map((run) => context.registry.runs.get(run).id))].map((run) =>
    runResults(context, { run }),
  )
  const all = basesOf(runs)
  const basis = all.find(({ shown }) => shown.id === input.basis) ?? all[0]
  const own = await Promise.all(runs.map((run) => runPoint(context, run, basis?.errors.get(run.run) ?? null)))
  const classes = input.classes ?? own[0]?.classes ?? paperClasses
  const named = (input.networks ?? []).map((name): ComplexityPoint => ({
    run: null,
    ...costOf(namedNetwork(name, classes)),
    error: null,
    trainingSpeed: null,
    memory: { process: null, device: null },
    execution: null,
  }))
  return { points: [...own, ...named], bases: all.map(({ shown }) => shown), basis: basis?.shown.id ?? null }
}

/** The runs that are shown where none is named: the trained ones of the data set that was trained on last. */
export function usualRuns(
  { registry }: Pick<HomeContext, 'registry'>,
  isShown: (run: Id) => boolean = () => true,
  most = 24,
): readonly Id[] {
  const runs = registry.runs.list().filter(({ id, archived }) => !archived && isShown(id))
  const outcomes = registry.epochs.summaries(runs.map(({ id }) => id))
  const trained = runs.filter(({ id }) => outcomes.get(id)!.epochs > 0)
  const newest = trained.at(-1)?.dataset
  return trained
    .filter(({ dataset }) => dataset === newest)
    .slice(-most)
    .map(({ id }) => id)
}

function costOf(options: NetworkOptions) {
  const { depth, parameters, multiplyAdds } = describe(buildNetwork(options))
  const { crop, classes } = options
  return {
    network: nameOf(options),
    title: titleOf(options),
    ...{ crop, classes, depth, parameters, multiplyAdds },
  }
}

async function runPoint(
  { home }: Pick<HomeContext, 'home'>,
  run: RunResults,
  error: PointError | null,
): Promise<ComplexityPoint> {
  const recipe = parseRecipe(run.recipe)
  const classes = run.dataset?.classes.length ?? run.evaluations[0]?.classes.length ?? 2
  const options = networkOptions(recipe, classes)
  // What passes images that were computed before says nothing about the network's speed.
  const isOnFeatures =
    run.dataset !== null && featurePasses(buildNetwork(options), recipe, run.dataset.images) !== null
  const rates = run.epochs.map(({ imagesPerSecond }) => imagesPerSecond).sort((a, b) => a - b)
  const median = rates[Math.floor(rates.length / 2)]
  return {
    run: { run: run.run, name: run.name },
    ...costOf(options),
    error,
    trainingSpeed: isOnFeatures || !median ? null : median,
    memory: await peakMemory(runFolder(home, run.run)),
    execution: run.execution,
  }
}

function basesOf(runs: readonly RunResults[]): readonly Basis[] {
  const evaluated = runs.filter(({ evaluations }) => evaluations.length > 0)
  const evaluations = grouped(runs.flatMap((run) => run.evaluations.map((one) => evaluationOf(run, one))))
  const validations = grouped(runs.flatMap(validationOf))
  const bases = [
    ...evaluations.map((found) => basisOf('evaluations', found)),
    ...nearestOf(evaluated, evaluations),
    ...validations.map((found) => basisOf('validation', found)),
  ]
  const rank = ({ shown: { kind, split, runs: own } }: Basis): number =>
    (kind === 'validation' ? 0 : 1e6) +
    (kind === 'nearest' ? -5e5 : 0) +
    2 * own.length +
    Number(split === 'test')
  return bases.sort((a, b) => rank(b) - rank(a))
}

/** The newest of each run, by what it is of: the same images, by the same views, scales and flips. */
function grouped(
  all: readonly { readonly images: string; readonly found: Found }[],
): readonly (readonly Found[])[] {
  const groups = new Map<string, Map<Id, Found>>()
  for (const { images, found } of all) {
    const { views, scales, flips } = found.protocol
    const key = JSON.stringify([images, views, scales, flips])
    const group = groups.get(key) ?? new Map<Id, Found>()
    groups.set(key, group.set(found.run, found))
  }
  return [...groups.values()].map((group) => [...group.values()])
}

/** The evaluations that were made most alike, where no protocol is common to all that were evaluated on the same images. */
function nearestOf(runs: readonly RunResults[], groups: readonly (readonly Found[])[]): readonly Basis[] {
  if (runs.length < 2 || groups.some((group) => group.length === runs.length)) return []
  const [nearest] = pairedEvaluations(runs.map(({ evaluations }) => evaluations))
  if (!nearest) return []
  return [
    basisOf(
      'nearest',
      nearest.map((one, index) => evaluationOf(runs[index]!, one).found),
    ),
  ]
}

function basisOf(kind: ErrorBasis['kind'], found: readonly Found[]): Basis {
  const [{ dataset, error, protocol }] = found as readonly [Found, ...Found[]]
  const { views, scales, flips } = protocol
  const of = found.map((one) => (kind === 'nearest' ? one.error.evaluation : ''))
  const content = [kind, dataset?.dataset, error.split, error.images, views, scales, flips, ...of]
  return {
    shown: {
      id: createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8),
      kind,
      dataset: dataset && { name: dataset.name, version: dataset.version },
      split: error.split,
      images: error.images,
      protocolText: error.protocolText,
      protocol: { views, scales, flips },
      runs: found.map(({ run }) => run),
      differences: differencesOf(found),
    },
    errors: new Map(found.map(({ run, error: own }) => [run, own])),
  }
}

function evaluationOf({ run, dataset }: RunResults, evaluation: RunResults['evaluations'][number]) {
  const { protocol, checkpoint, execution, split, images, secondsPerImage } = evaluation
  const { top1Error, top1Interval, top5Error, protocolText } = evaluation
  const error: PointError = {
    ...{ top1Error, top1Interval, top5Error, images, split, checkpoint, protocolText },
    evaluation: evaluation.evaluation,
    imagesPerSecond: secondsPerImage ? 1 / secondsPerImage : null,
  }
  const place = execution === undefined ? {} : { execution }
  const found: Found = { run, dataset, protocol, checkpoint, error, ...place }
  return { images: imagesOf(evaluation), found }
}

/** The validation of a run's best epoch. */
function validationOf({ run, dataset, epochs, recipe, execution, changedFiles }: RunResults) {
  const best = bestEpoch(epochs)
  if (!best) return []
  const protocol = parseProtocol({}, parseRecipe(recipe).data)
  const images = JSON.stringify(['validation', dataset?.dataset, best.images, changedFiles?.digest])
  const error: PointError = {
    top1Error: best.top1Error,
    top1Interval: null,
    top5Error: best.top5Error,
    images: best.images ?? null,
    split: 'validation',
    checkpoint: 'best',
    protocolText: describeProtocol(protocol),
    evaluation: null,
    imagesPerSecond: null,
  }
  const place = execution === null ? {} : { execution: execution as Measurement['execution'] }
  const found: Found = { run, dataset, protocol, checkpoint: 'best', error, ...place }
  return [{ images, found }]
}
