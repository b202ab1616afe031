import { StudioError } from '../../base/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id, Plan, Run } from '../../registry/types.ts'
import type { TrainInput } from '../training/prepare.ts'

/** What a plan does next. */
export interface NextStep {
  /** Its place in the plan. */
  readonly step: number
  /** The run to go on with; null: a new one. */
  readonly run: Id | null
}

/** The latest run of each step; null where there is none. */
export function runsOfSteps(
  { plans, runs }: Pick<Registry, 'plans' | 'runs'>,
  plan: Plan,
): readonly (Run | null)[] {
  return plans.runs(plan).map((id) => (id === null ? null : runs.get(id)))
}

/**
 * The first step that has not come to its end; null after the last. Everything follows from the registry: a plan whose
 * process was killed goes on as one that was stopped. A run that diverged would do so again, so that it is begun anew.
 */
export function nextStep(runs: readonly (Run | null)[]): NextStep | null {
  const step = runs.findIndex((run) => run?.status !== 'completed')
  if (step < 0) return null
  const run = runs[step]!
  return { step, run: run === null || run.error?.code === 'diverged' ? null : run.id }
}

/** What trains a step: its recipe, from the run that it follows from. @throws StudioError `not-found` */
export function trainingOf(plan: Plan, step: number, runs: readonly (Run | null)[]): TrainInput {
  if (plan.dataset === null) throw new StudioError('not-found', { what: 'dataset-of-plan', plan: plan.id })
  const { recipe, source } = plan.steps[step]!
  const from = source === null ? null : { run: runs[source]!.id }
  const { initialization } = recipe as { readonly initialization?: object }
  return {
    dataset: plan.dataset,
    recipe: { ...(recipe as object), initialization: { ...initialization, from } },
  }
}
