import { StudioError } from '../../base/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id, Plan, Run } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'
import { parseRecipe } from '../../training/recipe.ts'
import type { TrainInput } from '../training/prepare.ts'
import { nextStretch } from './sweepNext.ts'

/** What a plan does next. */
export interface NextStep {
  /** Its place in the plan. */
  readonly step: number
  /** The run to continue with; null: a new one. */
  readonly run: Id | null
  /** The epoch after which it rests; null: it trains to its end. */
  readonly until: number | null
}

/** The latest run of each step; null where there is none. */
export function runsOfSteps(
  { plans, runs }: Pick<Registry, 'plans' | 'runs'>,
  plan: Plan,
): readonly (Run | null)[] {
  return plans.runs(plan).map((id) => (id === null ? null : runs.get(id)))
}

/**
 * What a plan has to do next; null where all is done. Everything follows from the registry: a plan whose process was
 * killed is resumed as one that was stopped.
 */
export function nextStep(
  { epochs }: Pick<Registry, 'epochs'>,
  { kind, steps, halving }: Plan,
  runs: readonly (Run | null)[],
): NextStep | null {
  if (kind === 'chain') return nextOfChain(runs)
  const tried = runs.map((run) => ({ run, records: run ? epochs.list<EpochRecord>(run.id) : [] }))
  const next = nextStretch(tried, halving, epochsOf(steps[0]?.recipe))
  return next && { ...next, run: runs[next.step]?.id ?? null }
}

/**
 * The first step that has not come to its end. A run that diverged would do so again, so that it is started again.
 */
function nextOfChain(runs: readonly (Run | null)[]): NextStep | null {
  const step = runs.findIndex((run) => run?.status !== 'completed')
  if (step < 0) return null
  const run = runs[step]!
  return { step, run: run === null || run.error?.code === 'diverged' ? null : run.id, until: null }
}

/** What trains a step: its recipe, from the run that it follows from. @throws StudioError `not-found` */
export function trainingOf(plan: Plan, step: number, runs: readonly (Run | null)[]): TrainInput {
  if (plan.dataset === null) throw new StudioError('not-found', { what: 'dataset-of-plan', plan: plan.id })
  const { recipe, source } = plan.steps[step]!
  if (source === null) return { dataset: plan.dataset, recipe }
  const { initialization } = recipe as { readonly initialization?: object }
  const from = { run: runs[source]!.id }
  return {
    dataset: plan.dataset,
    recipe: { ...(recipe as object), initialization: { ...initialization, from } },
  }
}

/** Epochs of a step's recipe. */
export const epochsOf = (recipe: unknown): number => parseRecipe(recipe).optimization.epochs
