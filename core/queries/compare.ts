import { familyOf } from '../network/architectures/names.ts'
import type { Id } from '../registry/types.ts'
import type { JobContext } from '../jobs/context.ts'
import { bestEpoch } from '../training/best.ts'
import { showRun, type RunDetails } from './show.ts'

export interface Comparison {
  readonly runs: readonly ComparedRun[]
  /** Settings that are not the same in all runs, by path; `values` in the order of the runs. */
  readonly settings: readonly { readonly setting: string; readonly values: readonly unknown[] }[]
  /**
   * Evaluations that all runs have, of the same images by the same protocol: the newest of each. Where there is none,
   * those of the same images by each run's own: networks of different input sizes have no protocol in common.
   */
  readonly evaluations: readonly ComparedEvaluation[]
}

export type ComparedRun = Pick<RunDetails, 'run' | 'name' | 'status' | 'dataset' | 'epochs'> & {
  readonly best: ReturnType<typeof bestEpoch>
}

export interface ComparedEvaluation {
  readonly split: string
  /** Where they differ all of them, in the order of the runs. */
  readonly protocolText: string
  /** In the order of the runs, as all of these. */
  readonly evaluations: readonly Id[]
  readonly top1Error: readonly number[]
  readonly top5Error: readonly (number | null)[]
  readonly classes: readonly { readonly name: string; readonly recall: readonly (number | null)[] }[]
}

/** @param input two runs or more */
export function compareRuns(context: JobContext, input: { readonly runs: readonly string[] }): Comparison {
  const runs = input.runs.map((run) => showRun(context, { run }))
  return {
    runs: runs.map(({ run, name, status, dataset, epochs }) => ({
      run,
      name,
      status,
      dataset,
      best: bestEpoch(epochs),
      epochs,
    })),
    settings: differingSettings(runs.map((run) => settingsOf(run))),
    evaluations: commonEvaluations(runs),
  }
}

function settingsOf({ dataset, recipe, changedFiles }: RunDetails): ReadonlyMap<string, unknown> {
  const other = changedFiles
    ? `, ${changedFiles.count} ${changedFiles.count === 1 ? 'file' : 'files'} changed (${changedFiles.digest.slice(0, 8)})`
    : ''
  const label = dataset === null ? null : `${dataset.name}@${dataset.version}${other}`
  return new Map([['dataset', label], ...flatten(withFamily(recipe), '')])
}

/** Recipes of earlier versions name no family. */
function withFamily(recipe: unknown): object {
  const { network, ...others } = recipe as { readonly network: object }
  return { ...others, network: { ...network, family: familyOf(network) } }
}

/** `{a: {b: 1}}` → `a.b`: 1. Lists are values. */
function flatten(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]]
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, path === '' ? key : `${path}.${key}`))
}

function differingSettings(runs: readonly ReadonlyMap<string, unknown>[]): Comparison['settings'] {
  const names = [...new Set(runs.flatMap((settings) => [...settings.keys()]))]
  return names
    .map((setting) => ({ setting, values: runs.map((settings) => settings.get(setting) ?? null) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1)
}

type RunEvaluation = RunDetails['evaluations'][number]

function commonEvaluations(runs: readonly RunDetails[]): readonly ComparedEvaluation[] {
  const alike = evaluationsWith(runs, (evaluation) => [imagesOf(evaluation), evaluation.protocolText])
  return alike.length > 0 ? alike : evaluationsWith(runs, imagesOf)
}

function evaluationsWith(
  runs: readonly RunDetails[],
  common: (evaluation: RunEvaluation) => unknown,
): readonly ComparedEvaluation[] {
  const newest = runs.map(
    ({ evaluations }) =>
      new Map(evaluations.map((evaluation) => [JSON.stringify(common(evaluation)), evaluation])),
  )
  const [first, ...others] = newest
  if (!first) return []
  return [...first.keys()]
    .filter((key) => others.every((evaluations) => evaluations.has(key)))
    .map((key) => compared(newest.map((evaluations) => evaluations.get(key)!)))
}

/** Files that were changed since the import are other images; the same changed files are the same ones. */
function imagesOf({ dataset, split, classes, changedFiles }: RunEvaluation): unknown {
  return [dataset, split, classes.map(({ name }) => name), changedFiles?.digest ?? null]
}

function compared(evaluations: readonly RunEvaluation[]): ComparedEvaluation {
  const [{ split, classes }] = evaluations as [RunEvaluation]
  const protocols = new Set(evaluations.map(({ protocolText }) => protocolText))
  return {
    split,
    protocolText: [...protocols].join('; '),
    evaluations: evaluations.map(({ evaluation }) => evaluation),
    top1Error: evaluations.map(({ top1Error }) => top1Error),
    top5Error: evaluations.map(({ top5Error }) => top5Error),
    classes: classes.map(({ name }, index) => ({
      name,
      recall: evaluations.map((evaluation) => evaluation.classes[index]!.recall),
    })),
  }
}
