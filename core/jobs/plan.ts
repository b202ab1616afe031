import type { Id, Plan } from '../registry/types.ts'
import type { JobContext } from './context/context.ts'
import { nextStep, runsOfSteps, trainingOf } from './plan/steps.ts'
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
  /** Runs of its steps, as far as it came. */
  readonly runs: readonly Id[]
  readonly dataset: Id | null
}

/**
 * Does what a plan has left to do, one training after the other; until the context's signal is aborted (`stopped`,
 * resumable).
 * @throws StudioError of every training: a chain ends with it, and continues from there when it is run again; a sweep ends
 * with what happens before there is a run
 */
export async function runPlan(context: JobContext, { plan: reference }: PlanInput): Promise<PlanResult> {
  const { registry, signal } = context
  const plan = registry.plans.get(reference)
  for (;;) {
    const next = whatNext(context, plan)
    if (next === null) return resultOf(context, plan, 'completed')
    const { step, run, until, input } = next
    try {
      if (run === null) await trainRun(context, input!, { plan, step, until })
      else await resumeRun(context, { run }, until)
    } catch (error) {
      const failed = runsOfSteps(registry, plan)[step]
      if (plan.kind === 'chain' || signal.aborted || failed?.status !== 'failed') throw error
    }
    if (signal.aborted) return resultOf(context, plan, 'stopped')
  }
}

/** Prepares a plan's next training for another process; what came of the plan, where nothing is left to do. @throws as runPlan */
export async function preparePlan(
  context: JobContext,
  { plan: reference }: PlanInput,
): Promise<WaitingRun | { readonly finished: PlanResult }> {
  const plan = context.registry.plans.get(reference)
  const next = whatNext(context, plan)
  if (next === null) return { finished: resultOf(context, plan, 'completed') }
  const { step, run, until, input } = next
  const waiting = await (run === null
    ? prepareTraining(context, input!, { plan, step, until })
    : prepareResuming(context, { run }, until))
  return { ...waiting, mayFail: plan.kind === 'sweep' }
}

function whatNext({ registry }: JobContext, plan: Plan) {
  const runs = runsOfSteps(registry, plan)
  const next = nextStep(registry, plan, runs)
  return next && { ...next, input: next.run === null ? trainingOf(plan, next.step, runs) : null }
}

function resultOf({ registry }: JobContext, plan: Plan, status: PlanResult['status']): PlanResult {
  const runs = registry.plans.runs(plan).flatMap((run) => run ?? [])
  return { plan: plan.id, name: plan.name, status, runs, dataset: plan.dataset }
}
