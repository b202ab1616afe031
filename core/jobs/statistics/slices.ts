import { factOf, type ErrorFact } from '../../base/errors.ts'
import { decide, differenceOf, type ComparedDifference } from '../../evaluation/statistics/difference.ts'
import { clustersOf, defaultResampling, type Clusters } from '../../evaluation/statistics/resampling.ts'
import {
  inRange,
  rangesOf,
  type SliceKind,
  sliceResult,
  splitSources,
  type SliceDefinition,
  type SliceResult,
} from '../../evaluation/statistics/slices.ts'
import type { HomeContext } from '../context/home.ts'
import { duplicateGroups } from './scores.ts'
import type { EvaluationRow, Id } from '../../registry/types.ts'
import { checkSameImages, checkSharedProtocol } from './differences.ts'
import { openFacts, type Facts, type ImagesAsked } from './imageFacts.ts'

export interface SliceRow {
  /** Name of a saved slice; null for one that the property makes. */
  readonly name: string | null
  readonly definition: SliceDefinition
  /** In the order of the evaluations. */
  readonly results: readonly SliceResult[]
  /** Each of the others against the first, adjusted for all slices; empty slices have none, other protocols neither. */
  readonly differences: readonly (ComparedDifference | null)[]
}

export interface SlicesResult {
  readonly by: SliceKind
  readonly dataset: Id
  readonly split: string
  readonly evaluations: readonly {
    readonly evaluation: Id
    readonly run: Id
    readonly protocolText: string
  }[]
  /** That all evaluations have, and of these, those whose property is not known. */
  readonly images: number
  readonly unknown: number
  /** Why slices are not tested against each other: evaluations by different protocols. */
  readonly notCompared: ErrorFact | null
  readonly slices: readonly SliceRow[]
}

export interface SlicesInput {
  readonly evaluations: readonly Id[]
  readonly by: SliceKind
}

/**
 * Errors on slices of the images that all evaluations have.
 * @throws StudioError `not-found`, `other-images`
 */
export async function evaluationSlices(
  context: HomeContext,
  { evaluations, by }: SlicesInput,
): Promise<SlicesResult> {
  const { registry } = context
  const rows = evaluations.map((id) => registry.evaluations.get(id))
  const [first] = rows as [EvaluationRow]
  rows.forEach((row) => checkSameImages(first, row))
  const manifest = registry.datasets.manifest(first.dataset!)
  const right = rows.map((row) => answersOf(context, row.id))
  const positions = [...right[0]!.keys()].filter((position) => right.every((one) => one.has(position)))
  const asked = { dataset: first.dataset!, manifest, positions }
  const dataset = registry.datasets.get(first.dataset!).name
  const { slices, unknown } = await membersOf(context, asked, by, dataset)
  const answers = right.map((one) => positions.map((position) => one.get(position)!))
  const notCompared = reasonAgainst(rows)
  return {
    by,
    dataset: asked.dataset,
    split: first.split,
    evaluations: rows.map(({ id, run, result }) => ({
      evaluation: id,
      run,
      protocolText: result.protocolText,
    })),
    images: positions.length,
    unknown,
    notCompared,
    slices: await withDifferences(context, asked, slices, answers, notCompared === null),
  }
}

function reasonAgainst(rows: readonly EvaluationRow[]): ErrorFact | null {
  try {
    checkSharedProtocol(rows)
    return null
  } catch (error) {
    return factOf(error)
  }
}

interface Members extends Pick<SliceRow, 'name' | 'definition'> {
  /** Indices into the positions. */
  readonly members: readonly number[]
}

function answersOf({ registry }: HomeContext, evaluation: Id): ReadonlyMap<number, boolean> {
  const predictions = registry.evaluations.predictions(evaluation)
  return new Map(predictions.map(({ item, label, top }) => [item, top[0]!.label === label]))
}

async function membersOf(
  context: HomeContext,
  asked: ImagesAsked,
  by: SliceKind,
  dataset: string,
): Promise<{ readonly slices: readonly Members[]; readonly unknown: number }> {
  const facts = openFacts(context, asked)
  if (by === 'saved') {
    const slices = context.registry.slices.list(dataset).map(async ({ name, definition }) => ({
      name,
      definition,
      members: await selected(facts, asked, definition),
    }))
    return { slices: await Promise.all(slices), unknown: 0 }
  }
  const definitions = await defaultDefinitions(facts, asked, by)
  const slices = definitions.map(async (definition) => ({
    name: null,
    definition,
    members: await selected(facts, asked, definition),
  }))
  const found = await Promise.all(slices)
  const known = new Set(found.flatMap(({ members }) => members))
  return { slices: found, unknown: asked.positions.length - known.size }
}

async function defaultDefinitions(
  facts: Facts,
  asked: ImagesAsked,
  by: Exclude<SliceKind, 'saved'>,
): Promise<readonly SliceDefinition[]> {
  if (by === 'class') return asked.manifest.classes.map((name) => ({ by, class: name }))
  if (by === 'split-source') return splitSources.map((source) => ({ by, source }))
  const values = await facts.property(by)
  const ranges = rangesOf(values.filter((value) => value !== null))
  // Open at the ends, so that a saved one means the same for other images.
  return ranges.map(({ low, high, last }, index) => ({
    by,
    low: index === 0 ? null : low,
    high: last ? null : high,
  }))
}

async function selected(
  facts: Facts,
  { manifest, positions }: ImagesAsked,
  definition: SliceDefinition,
): Promise<readonly number[]> {
  const where = async (): Promise<(index: number) => boolean> => {
    switch (definition.by) {
      case 'class':
        return (index) => manifest.classes[manifest.images[positions[index]!]!.label] === definition.class
      case 'selection': {
        const paths = new Set(definition.paths)
        return (index) => paths.has(manifest.images[positions[index]!]!.path)
      }
      case 'split-source': {
        const sources = await facts.splitSources()
        return (index) => sources[index] === definition.source
      }
      default: {
        const values = await facts.property(definition.by)
        const range = { low: definition.low ?? -Infinity, high: definition.high ?? Infinity, last: false }
        return (index) => values[index] != null && inRange(values[index], range)
      }
    }
  }
  return [...positions.keys()].filter(await where())
}

async function withDifferences(
  context: HomeContext,
  { dataset, positions }: ImagesAsked,
  slices: readonly Members[],
  answers: readonly (readonly boolean[])[],
  isTested: boolean,
): Promise<readonly SliceRow[]> {
  const [first, ...others] = answers
  // The health report takes seconds where there is none yet.
  const groups =
    isTested && others.length > 0 && slices.length > 0 ? await duplicateGroups(context, dataset) : []
  const parts = slices.map(({ members }) => ({
    members,
    clusters: clustersOf(
      groups,
      members.map((index) => positions[index]!),
    ),
  }))
  const differences = others.map((other) => (isTested ? differencesOf(parts, first!, other) : []))
  return slices.map(({ name, definition, members }, slice) => ({
    name,
    definition,
    results: answers.map((right) => sliceResult(members, right.map(Number))),
    differences: differences.map((of) => of[slice] ?? null),
  }))
}

interface Part extends Pick<Members, 'members'> {
  /** Near-duplicates among the members, and each other one alone. */
  readonly clusters: Clusters
}

function differencesOf(
  parts: readonly Part[],
  first: readonly boolean[],
  second: readonly boolean[],
): readonly (ComparedDifference | null)[] {
  const filled = [...parts.keys()].filter((slice) => parts[slice]!.members.length > 0)
  const found = filled.map((slice) => {
    const { members, clusters } = parts[slice]!
    const of = (right: readonly boolean[]): boolean[] => members.map((index) => right[index]!)
    const paired = { first: of(first), second: of(second), clusters }
    return differenceOf(paired, defaultResampling(clusters.length * 50, 2000))
  })
  const decided = decide(found)
  const all = new Array<ComparedDifference | null>(parts.length).fill(null)
  filled.forEach((slice, index) => (all[slice] = decided[index]!))
  return all
}
