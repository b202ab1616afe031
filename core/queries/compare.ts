import { StudioError } from '../base/errors.ts'
import { isShared, shareable } from '../evaluation/sharedProtocol.ts'
import type { Id } from '../registry/types.ts'
import type { HomeContext } from '../jobs/context/home.ts'
import { bestEpoch } from '../training/best.ts'
import { storedRecipe } from '../training/recipe.ts'
import {
  differencesOf,
  imagesOf,
  pairedEvaluations,
  type Difference,
  type Group,
  type RunEvaluation,
} from './pairing.ts'
import { runResults, type RunResults } from './show.ts'

export interface Comparison {
  readonly runs: readonly ComparedRun[]
  /** Settings that are not the same in all runs, by path; `values` in the order of the runs. */
  readonly settings: readonly { readonly setting: string; readonly values: readonly unknown[] }[]
  /**
   * Evaluations that all runs have, of the same images by the same protocol: the newest of each. Where there is none,
   * those that were made most alike, with what differs in them. Or the ones that were picked.
   */
  readonly evaluations: readonly ComparedEvaluation[]
  /**
   * The newest version of the data set, where the runs were trained on several that have the same classes: evaluated on its
   * images all can be compared. Null elsewhere: each on its own.
   */
  readonly evaluateOn: Id | null
  /** What there is to pick from: the evaluations of each run, in the order of the runs. */
  readonly choices: readonly (readonly EvaluationChoice[])[]
}

export interface EvaluationChoice {
  readonly evaluation: Id
  /** Names the images: only evaluations of the same ones can be set beside each other. */
  readonly imageSet: string
  readonly images: number
  readonly split: string
  readonly checkpoint: string
  readonly protocolText: string
  readonly top1Error: number
}

export interface CompareInput {
  /** Two or more. */
  readonly runs: readonly string[]
  /** The evaluations to compare, one of each run in their order; default: see Comparison. */
  readonly evaluations?: readonly Id[] | undefined
}

export type ComparedRun = Pick<RunResults, 'run' | 'name' | 'status' | 'dataset' | 'epochs'> & {
  readonly best: ReturnType<typeof bestEpoch>
}

export interface ComparedEvaluation {
  readonly split: string
  /** Where they differ all of them, in the order of the runs. */
  readonly protocolText: string
  /** In the order of the runs. */
  readonly protocols: readonly string[]
  /** The same views, test scales and flips: then what differs between the numbers is the networks'. */
  readonly sameProtocol: boolean
  /** Place of the evaluation whose protocol all of the networks can be evaluated by. */
  readonly shareable: number
  /** What was not the same; empty where they were made alike. */
  readonly differences: readonly Difference[]
  /** In the order of the runs, as all of these. */
  readonly evaluations: readonly Id[]
  /** How many each number is of. */
  readonly images: readonly number[]
  readonly top1Error: readonly number[]
  readonly top5Error: readonly (number | null)[]
  /** With the images of the class in each evaluation, which its recall is of. */
  readonly classes: readonly {
    readonly name: string
    readonly images: readonly number[]
    readonly recall: readonly (number | null)[]
  }[]
}

/** @throws StudioError `not-found`, `other-images` where picked evaluations are not of the same images */
export function compareRuns(context: HomeContext, input: CompareInput): Comparison {
  const runs = input.runs.map((run) => runResults(context, { run }))
  const own = runs.map(({ evaluations }) => evaluations)
  const groups = input.evaluations ? [picked(own, input.evaluations)] : pairedEvaluations(own)
  return {
    runs: runs.map(({ run, name, status, dataset, epochs }) => ({
      run,
      name,
      status,
      dataset,
      best: bestEpoch(epochs),
      epochs,
    })),
    settings: differingSettings(settingsOf(runs)),
    evaluations: groups.map(compared),
    evaluateOn: newestVersion(runs.map(({ dataset }) => dataset)),
    choices: own.map((evaluations) => evaluations.map(choiceOf)),
  }
}

function newestVersion(datasets: readonly RunResults['dataset'][]): Id | null {
  const versions = datasets.filter((one) => one !== null)
  const [first] = versions
  if (!first || versions.length < datasets.length) return null
  const same = versions.every(
    ({ name, classes }) => name === first.name && classes.join('\n') === first.classes.join('\n'),
  )
  const newest = versions.reduce((a, b) => (b.version > a.version ? b : a))
  return same && versions.some(({ version }) => version !== newest.version) ? newest.dataset : null
}

function picked(runs: readonly Group[], ids: readonly Id[]): Group {
  const group = runs.map((evaluations, index) => {
    const found = evaluations.find(({ evaluation }) => evaluation === ids[index])
    if (found) return found
    throw new StudioError('not-found', { what: 'evaluation-of-run', evaluation: ids[index] ?? '' })
  })
  if (new Set(group.map(imagesOf)).size > 1) {
    throw new StudioError('other-images', { what: 'several' })
  }
  return group
}

function choiceOf(one: RunEvaluation): EvaluationChoice {
  const { evaluation, split, checkpoint, protocolText, images, top1Error } = one
  return { evaluation, imageSet: imagesOf(one), images, split, checkpoint, protocolText, top1Error }
}

/** Settings of each run by path. Where they differ in their names, those that a version did not have yet are filled in. */
function settingsOf(runs: readonly RunResults[]): readonly ReadonlyMap<string, unknown>[] {
  const stored = runs.map((run) => settingsWith(run, run.recipe as object))
  const sameNames = new Set(stored.map((settings) => [...settings.keys()].join())).size === 1
  // Filling in what none of them lacks is most of a comparison's time.
  return sameNames ? stored : runs.map((run) => settingsWith(run, storedRecipe(run.recipe)))
}

function settingsWith({ dataset, changedFiles }: RunResults, recipe: object): ReadonlyMap<string, unknown> {
  const other = changedFiles
    ? `, ${changedFiles.count} ${changedFiles.count === 1 ? 'file' : 'files'} changed (${changedFiles.digest.slice(0, 8)})`
    : ''
  const label = dataset === null ? null : `${dataset.name}@${dataset.version}${other}`
  return new Map([['dataset', label], ...flatten(recipe, '')])
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

function compared(evaluations: readonly RunEvaluation[]): ComparedEvaluation {
  const [{ split, classes }] = evaluations as [RunEvaluation]
  const protocols = new Set(evaluations.map(({ protocolText }) => protocolText))
  return {
    split,
    protocolText: [...protocols].join('; '),
    protocols: evaluations.map(({ protocolText }) => protocolText),
    sameProtocol: isShared(evaluations.map(({ protocol }) => protocol)),
    shareable: shareable(evaluations.map(({ protocol }) => protocol)),
    differences: differencesOf(evaluations),
    evaluations: evaluations.map(({ evaluation }) => evaluation),
    images: evaluations.map(({ images }) => images),
    top1Error: evaluations.map(({ top1Error }) => top1Error),
    top5Error: evaluations.map(({ top5Error }) => top5Error),
    classes: classes.map(({ name }, index) => ({
      name,
      images: evaluations.map((evaluation) => evaluation.classes[index]!.images),
      recall: evaluations.map((evaluation) => evaluation.classes[index]!.recall),
    })),
  }
}
