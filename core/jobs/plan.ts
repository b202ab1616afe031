import type { Id, Plan } from '../registry/types.ts'
import type { JobContext } from './context/context.ts'
import { nextStep, runsOfSteps, trainingOf, type NextStep } from './plan/steps.ts'
import { prepareResuming, resumeRun } from './resume.ts'
import { prepareTraining, trainRun } from './train.ts'
import type { WaitingRun } from './training/prepared.ts'

export interface PlanInput {
  readonly plan: string
}

export interface PlanResult {
  readonly plan: Id
  readonly name: string
  readonly status: 'completed' | 'stopped'
  /** Of its steps, as far as it came. */
  readonly runs: readonly Id[]
  readonly dataset: Id | null
}

/**
 * Does what a plan has left to do, one training after the other; until the context's signal is aborted (`stopped`,
 * resumable).
 * @throws StudioError of every training: the plan ends with it, and goes on from there when it is run again
 */
export async function runPlan(context: JobContext, { plan: reference }: PlanInput): Promise<PlanResult> {
  const plan = context.registry.plans.get(reference)
  for (;;) {
    const { next, input } = whatNext(context, plan)
    if (next === null) return resultOf(context, plan, 'completed')
    const { status } = await (next.run === null
      ? trainRun(context, input!, { plan, step: next.step })
      : resumeRun(context, { run: next.run }))
    if (status === 'stopped') return resultOf(context, plan, 'stopped')
  }
}

/** Prepares a plan's next training for another process; what came of the plan, where nothing is left to do. @throws as runPlan */
export async function preparePlan(
  context: JobContext,
  { plan: reference }: PlanInput,
): Promise<WaitingRun | { readonly finished: PlanResult }> {
  const plan = context.registry.plans.get(reference)
  const { next, input } = whatNext(context, plan)
  if (next === null) return { finished: resultOf(context, plan, 'completed') }
  return next.run === null
    ? prepareTraining(context, input!, { plan, step: next.step })
    : prepareResuming(context, { run: next.run })
}

function whatNext({ registry }: JobContext, plan: Plan) {
  const runs = runsOfSteps(registry, plan)
  const next: NextStep | null = nextStep(runs)
  return { next, input: next?.run === null ? trainingOf(plan, next.step, runs) : null }
}

function resultOf({ registry }: JobContext, plan: Plan, status: PlanResult['status']): PlanResult {
  const runs = registry.plans.runs(plan).flatMap((run) => run ?? [])
  return { plan: plan.id, name: plan.name, status, runs, dataset: plan.dataset }
}
