import { StudioError } from '../../base/errors.ts'
import {
  settingDifference,
  spreadOf,
  type SettingDifference,
  type Spread,
} from '../../evaluation/statistics/seeds.ts'
import { isShared } from '../../evaluation/sharedProtocol.ts'
import type { TrainInput } from '../training/prepare.ts'
import type { Registry } from '../../registry/registry.ts'
import { freeName } from '../../registry/references.ts'
import type { EvaluationRow, Id, Run } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'
import { countedEpoch } from '../recording/countedEpoch.ts'

/** Runs of one setting on one data set, which differ by their seed alone. */
export interface SeedGroup {
  /** In the order in which they were made. */
  readonly runs: readonly SeedRun[]
  /** Over the best epochs' validation errors, of those that have one; optimistic, since the epochs were chosen by them. */
  readonly validation: Spread | null
  /** Over evaluations as the run's newest one on test images; null where it has none. */
  readonly evaluation: EvaluationSpread | null
}

export interface SeedRun {
  readonly run: Id
  readonly name: string
  readonly seed: number | null
  /** The best epoch's; null before the first. */
  readonly validation: { readonly top1Error: number; readonly images: number | null } | null
  readonly evaluation: {
    readonly evaluation: Id
    readonly top1Error: number
    readonly images: number
  } | null
}

export interface EvaluationSpread {
  /** The run's own, like which the others' are. */
  readonly like: Id
  readonly split: string
  readonly protocolText: string
  readonly images: number
  readonly spread: Spread
}

/** A group with the errors of its runs on the same images by the same protocol. */
export interface GroupErrors {
  readonly runs: readonly Id[]
  readonly names: readonly string[]
  /** Top-1 errors of those that have such an evaluation. */
  readonly errors: readonly number[]
  readonly spread: Spread
}

export interface ComparedGroups {
  readonly split: string
  readonly protocolText: string
  readonly images: number
  readonly groups: readonly GroupErrors[]
  /** The second group, third, … against the first. */
  readonly differences: readonly SettingDifference[]
}

/** A recipe but for its seed, on a data set version: equal texts are one setting. */
function settingKey({ dataset, parent, recipe, changedFiles }: Run): string {
  return JSON.stringify([dataset, parent, changedFiles?.digest ?? null, withoutSeed(recipe as object)])
}

/** The other runs of a run's setting, and itself, with what came of them. */
export function seedGroupOf(
  registry: Pick<Registry, 'runs' | 'datasets' | 'epochs' | 'evaluations'>,
  id: Id,
): SeedGroup {
  const like = registry.evaluations.list(id).findLast(({ split }) => split === 'test')
  const runs = seedRuns(registry, id).map(({ id: run, name, recipe, dataset }): SeedRun => {
    const { best } = registry.epochs.summary<EpochRecord>(run)
    const { validation = null } = best ? countedEpoch(best, registry.datasets.get(dataset!)) : {}
    const same = like && registry.evaluations.list(run).findLast((row) => isAlike(row, like))
    return {
      run,
      name,
      seed: seedOf(recipe),
      validation: validation && { top1Error: validation.top1Error, images: validation.images ?? null },
      evaluation: same
        ? { evaluation: same.id, top1Error: same.result.top1Error, images: same.result.images }
        : null,
    }
  })
  const validated = runs.flatMap(({ validation }) => validation?.top1Error ?? [])
  const evaluated = runs.flatMap(({ evaluation }) => evaluation?.top1Error ?? [])
  return {
    runs,
    validation: validated.length === 0 ? null : spreadOf(validated),
    evaluation: like
      ? {
          like: like.id,
          split: like.split,
          protocolText: like.result.protocolText,
          images: like.result.images,
          spread: spreadOf(evaluated),
        }
      : null,
  }
}

function seedRuns(registry: Pick<Registry, 'runs'>, id: Id): readonly Run[] {
  const key = settingKey(registry.runs.get(id))
  return registry.runs.list().filter((run) => run.dataset !== null && settingKey(run) === key)
}

/**
 * The groups of some runs: mean and spread of their errors over seeds, by the evaluations that all groups have in
 * common with the given ones (the same images, the same protocol). Null where no group has two runs, and where the given
 * ones were made by different protocols.
 * @param evaluations of the runs that are compared, one each
 */
export function groupErrors(
  registry: Pick<Registry, 'runs' | 'evaluations'>,
  evaluations: readonly Id[],
): ComparedGroups | null {
  const rows = evaluations.map((id) => registry.evaluations.get(id))
  const [first] = rows
  if (!first || !isShared(rows.map(({ result }) => result.protocol))) return null
  const groups = new Map<string, GroupErrors>()
  for (const row of rows) {
    const run = registry.runs.get(row.run)
    const key = settingKey(run)
    if (!groups.has(key)) groups.set(key, errorsOf(registry, run.id, row))
  }
  const all = [...groups.values()]
  if (!all.some(({ spread }) => spread.n > 1)) return null
  return {
    split: first.split,
    protocolText: [...new Set(rows.map(({ result }) => result.protocolText))].join('; '),
    images: first.result.images,
    groups: all,
    differences: all.slice(1).map((group) => settingDifference(all[0]!.errors, group.errors)),
  }
}

function errorsOf(
  registry: Pick<Registry, 'runs' | 'evaluations'>,
  id: Id,
  like: EvaluationRow,
): GroupErrors {
  const found = seedRuns(registry, id).flatMap(({ id: run, name }) => {
    const same = registry.evaluations.list(run).findLast((row) => isAlike(row, like))
    return same ? [{ run, name, error: same.result.top1Error }] : []
  })
  const errors = found.map(({ error }) => error)
  return {
    runs: found.map(({ run }) => run),
    names: found.map(({ name }) => name),
    errors,
    spread: spreadOf(errors),
  }
}

const isAlike = (row: EvaluationRow, like: EvaluationRow): boolean =>
  row.dataset === like.dataset &&
  row.split === like.split &&
  row.checkpoint === like.checkpoint &&
  row.result.protocolText === like.result.protocolText &&
  row.result.changedFiles?.digest === like.result.changedFiles?.digest

/**
 * What trains the runs that a setting lacks to have `count` seeds: the same recipe with the next free seeds.
 * @throws StudioError `not-found` where the data set has been deleted
 */
export function moreSeeds(
  registry: Pick<Registry, 'runs' | 'datasets'>,
  id: Id,
  count: number,
): readonly TrainInput[] {
  const { dataset, recipe, name } = registry.runs.get(id)
  if (dataset === null) throw new StudioError('run-without-data-set', { run: id })
  const runs = seedRuns(registry, id)
  const taken = new Set(runs.map((run) => seedOf(run.recipe)))
  const names = new Set(registry.runs.list().map((run) => run.name.toLowerCase()))
  const inputs: TrainInput[] = []
  for (let seed = 0; runs.length + inputs.length < count; seed++) {
    if (taken.has(seed)) continue
    const own = freeName(`${name}-seed-${seed}`.slice(0, 90), (one) => names.has(one.toLowerCase()))
    names.add(own.toLowerCase())
    inputs.push({ dataset, name: own, recipe: { ...(recipe as object), seed }, like: id })
  }
  return inputs
}

function seedOf(recipe: unknown): number | null {
  const seed = (recipe as { seed?: unknown } | null)?.seed
  return typeof seed === 'number' ? seed : null
}

const withoutSeed = ({ seed: _, ...settings }: { readonly seed?: unknown }): object => settings
