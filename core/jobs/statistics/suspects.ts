import { join } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import type { Split } from '../../dataset/types.ts'
import { labelIssues } from '../../evaluation/statistics/labelIssues.ts'
import type { Id } from '../../registry/types.ts'
import { readDynamics } from '../../training/checkpoint.ts'
import { assertOwnCheckpoint } from '../context/checkpoints.ts'
import type { HomeContext } from '../context/home.ts'
import { scoresOfEvaluation } from './scores.ts'

/** An image whose label is probably wrong. */
export interface Suspect {
  /** In the data set, as the next three. */
  readonly position: number
  readonly path: string
  readonly split: Split
  /** Class index, as the next one. */
  readonly label: number
  readonly suggested: number
  /**
   * The label's logit (its mean over training) or probability (in an evaluation), less that of the most probable other
   * class. Below 0.
   */
  readonly margin: number
  /** −ln p(label), nats: the mean over training, or in the evaluation. */
  readonly loss: number
}

export interface Suspects {
  /** What they are judged by: how training went, or an evaluation's probabilities. */
  readonly by: 'training' | 'evaluation'
  readonly run: Id
  readonly evaluation: Id | null
  /** The version that positions are of. */
  readonly dataset: Id
  readonly classes: readonly string[]
  /** How many were judged. */
  readonly images: number
  /** How often training saw each, in the mean; null for an evaluation. */
  readonly times: number | null
  /** Suspects in all. */
  readonly total: number
  /** The most suspicious ones first, as many as were asked for. */
  readonly suspects: readonly Suspect[]
}

export interface SuspectsInput {
  /** Id of a run, or of an evaluation. */
  readonly of: Id
  /** How many at most. */
  readonly most: number
}

/**
 * Images whose labels are probably wrong. A run gives training images for which the network was surer of another class, in
 * the mean over training (area under the margin, Pleiss et al. 2020), by margin; an evaluation what confident learning finds.
 *
 * @throws StudioError `not-found`, `no-dynamics`, `no-probabilities`, `foreign-checkpoint`, and those of readDynamics
 */
export async function suspectsOf(context: HomeContext, { of, most }: SuspectsInput): Promise<Suspects> {
  const found = /^e\d+$/i.test(of) ? ofEvaluation(context, of) : await ofTraining(context, of)
  return { ...found, total: found.suspects.length, suspects: found.suspects.slice(0, most) }
}

type Found = Omit<Suspects, 'total'>

async function ofTraining({ home, registry }: HomeContext, reference: string): Promise<Found> {
  const run = registry.runs.get(reference)
  const { dataset } = run
  const row = registry.checkpoints.list(run.id).at(-1)
  if (dataset === null) throw new StudioError('not-found', { what: 'dataset-to-start-again', run: run.id })
  if (!row) throw new StudioError('no-checkpoint', { run: run.id, kind: null, kinds: [] })
  const path = join(home.folder, row.path)
  const { header, dynamics } = await readDynamics(path)
  assertOwnCheckpoint(run, path, header)
  const { classes, images } = registry.datasets.manifest(dataset)
  const training = [...images.entries()].filter(([, { split }]) => split === 'train')
  if (dynamics?.times.length !== training.length || dynamics.times.every((times) => times === 0))
    throw new StudioError('no-dynamics', { run: run.id })
  const { times, margins, losses, others } = dynamics
  const suspects = training.flatMap(([position, { path, label, split }], index): Suspect[] => {
    const margin = margins[index]! / times[index]!
    if (!(margin < 0)) return []
    return [
      {
        position,
        path,
        split,
        label,
        suggested: others[index]!,
        margin,
        loss: losses[index]! / times[index]!,
      },
    ]
  })
  const seen = times.filter((value) => value > 0)
  return {
    ...{ by: 'training', run: run.id, evaluation: null, dataset, classes },
    images: seen.length,
    times: seen.reduce((sum, value) => sum + value, 0) / seen.length,
    suspects: suspects.sort((a, b) => a.margin - b.margin || a.position - b.position),
  }
}

function ofEvaluation(context: HomeContext, id: Id): Found {
  const { registry } = context
  const row = registry.evaluations.get(id)
  const { dataset } = row
  if (dataset === null) throw new StudioError('not-found', { what: 'dataset-of-evaluation' })
  const scores = scoresOfEvaluation(context, row)
  const { classes, images } = registry.datasets.manifest(dataset)
  const suspects = labelIssues(scores).map((issue): Suspect => {
    const { image, suggested, ownProbability, suggestedProbability } = issue
    const position = scores.positions[image]!
    const { path, split } = images[position]!
    return {
      ...{ position, path, split, suggested },
      label: scores.labels[image]!,
      margin: ownProbability - suggestedProbability,
      loss: -scores.logProbabilities[image]!,
    }
  })
  const { run } = row
  return {
    by: 'evaluation',
    run,
    evaluation: row.id,
    dataset,
    classes,
    images: scores.images,
    times: null,
    suspects,
  }
}

/** Something that suspects can be found by. */
export interface SuspectSource {
  /** Id of a run or an evaluation. */
  readonly of: Id
  readonly run: Id
  readonly runName: string
  /** Which images it judges. */
  readonly split: Split
  /** Null for how training went. */
  readonly protocolText: string | null
}

/** A run of an earlier version of a data set, and the same again on this one. */
export interface TrainedBefore {
  readonly run: Id
  readonly runName: string
  readonly version: number
  /** The newest run of this version with its settings; null before there is one. */
  readonly again: { readonly run: Id; readonly runName: string } | null
}

/** The newest run of an earlier version that has a checkpoint; null without one. */
export function trainedBefore(
  { registry }: Pick<HomeContext, 'registry'>,
  dataset: Id,
): TrainedBefore | null {
  const { name, version } = registry.datasets.get(dataset)
  const earlier = new Map(
    registry.datasets
      .list()
      .filter((one) => one.name === name && one.version < version)
      .map((one) => [one.id, one.version]),
  )
  const runs = registry.runs.list().toReversed()
  const before = runs.find(
    (run) => run.dataset !== null && earlier.has(run.dataset) && registry.checkpoints.list(run.id).length > 0,
  )
  if (!before) return null
  const again = runs.find((run) => run.dataset === dataset && run.like === before.id)
  return {
    ...{ run: before.id, runName: before.name, version: earlier.get(before.dataset!)! },
    again: again ? { run: again.id, runName: again.name } : null,
  }
}

/** What has judged a version of a data set: its runs that have a checkpoint, and evaluations; the newest first. */
export function suspectSources(
  { registry }: Pick<HomeContext, 'registry'>,
  dataset: Id,
): readonly SuspectSource[] {
  const evaluations = Map.groupBy(registry.evaluations.ofDataset(dataset), ({ run }) => run)
  return registry.runs
    .list()
    .toReversed()
    .flatMap((run): SuspectSource[] => {
      const named = { run: run.id, runName: run.name }
      const trained = run.dataset === dataset && registry.checkpoints.list(run.id).length > 0
      return [
        ...(trained ? [{ of: run.id, ...named, split: 'train' as const, protocolText: null }] : []),
        ...(evaluations.get(run.id) ?? []).map(({ id, split, protocolText }) => ({
          of: id,
          ...named,
          split,
          protocolText,
        })),
      ]
    })
}

/** path, split, label, suggested class, margin and loss of each. */
export const suspectLines = ({
  classes,
  suspects,
}: Pick<Suspects, 'classes' | 'suspects'>): readonly (readonly (string | number)[])[] => [
  ['path', 'split', 'label', 'suggested', 'margin', 'loss'],
  ...suspects.map(({ path, split, label, suggested, margin, loss }) => [
    path,
    split,
    classes[label]!,
    classes[suggested]!,
    Number(margin.toPrecision(6)),
    Number(loss.toPrecision(6)),
  ]),
]
