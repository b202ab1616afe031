import type { JobInputs } from '../../jobs/catalog.ts'
import { doneSeconds, planSeconds, type ExpectedRun } from '../../jobs/plan/planCost.ts'
import { epochsOf, runsOfSteps } from '../../jobs/plan/steps.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id, Plan } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'
import type { Planning } from '../planning/types.ts'
import type { Progress, QueuedJob } from './types.ts'

/** What trainings take, before they have begun, and plans while they are carried out. */
export interface Expected {
  /** Seconds that a waiting job will take; null where that is not known. */
  secondsOf(job: QueuedJob, input: unknown): Promise<number | null>
  /** Makes the progress of a plan’s run that of the whole plan. @throws StudioError `not-found` */
  ofPlan(plan: Id): Promise<WholeProgress>
}

/** @param run the one that is at work; null before there is one */
export type WholeProgress = (progress: Progress, run: Id | null) => Progress

/** Where nothing is known of the others, what one run tells is no progress of all. */
export const unknownWhole: WholeProgress = (progress) => ({ ...progress, fraction: null, secondsLeft: null })

export interface ExpectedOptions {
  readonly registry: Registry
  readonly planning: () => Promise<Planning>
}

export function openExpected({ registry, planning }: ExpectedOptions): Expected {
  async function durationOf(recipe: unknown, dataset: Id | null): Promise<ExpectedRun | null> {
    if (dataset === null) return null
    const { check } = await planning()
    const { cost } = await check({ recipe: recipe as Record<string, unknown>, dataset })
    return cost?.seconds ?? null
  }

  const epochsDone = (run: Id): number => registry.epochs.list<EpochRecord>(run).length

  async function timesOf(id: Id) {
    const plan = registry.plans.get(id)
    const steps = await Promise.all(plan.steps.map(({ recipe }) => durationOf(recipe, plan.dataset)))
    const total = planSeconds(steps, plan.halving, epochsOf(plan.steps[0]!.recipe))
    return total === null ? null : { plan, total, steps: steps.map((step) => step!) }
  }

  /** Seconds that a plan’s runs stand for, as far as they have come; one is left out. */
  function doneOf(plan: Plan, steps: readonly ExpectedRun[], without: number | null): number {
    const runs = runsOfSteps(registry, plan).map((run, step) =>
      run === null || step === without ? null : { status: run.status, epochs: epochsDone(run.id) },
    )
    return doneSeconds(steps, runs)
  }

  return {
    async secondsOf({ kind, dataset }, input) {
      if (kind === 'train') {
        return (await durationOf((input as JobInputs['train']).recipe, dataset))?.total ?? null
      }
      if (kind === 'resume') {
        const run = registry.runs.get((input as JobInputs['resume']).run)
        const whole = await durationOf(run.recipe, run.dataset)
        return whole && Math.max(whole.start, whole.total - epochsDone(run.id) * whole.epoch)
      }
      if (kind !== 'plan') return null
      const times = await timesOf((input as JobInputs['plan']).plan as Id)
      return times && Math.max(0, times.total - doneOf(times.plan, times.steps, null))
    },
    async ofPlan(id) {
      const times = await timesOf(id)
      if (times === null) return unknownWhole
      const { plan, total, steps } = times
      // What others have done stays while one is at work.
      let before: { readonly run: Id | null; readonly seconds: number } | undefined
      return (progress, run) => {
        const step = run === null ? null : (registry.runs.get(run).plan?.step ?? null)
        if (before?.run !== run) before = { run, seconds: doneOf(plan, steps, step) }
        const own = step === null ? 0 : steps[step]!.total
        const done = before.seconds + own * (progress.fraction ?? 0)
        return {
          ...progress,
          fraction: done === 0 ? null : Math.min(1, done / total),
          secondsLeft: leftOf(plan, progress, { total, done, rest: total - before.seconds - own }),
        }
      }
    },
  }
}

/** With halving a run rests before its end: what is left of it is not what is left of the plan. */
function leftOf(
  { halving }: Plan,
  { secondsLeft }: Progress,
  { total, done, rest }: { readonly total: number; readonly done: number; readonly rest: number },
): number | null {
  if (halving !== null) return Math.max(0, total - done)
  return secondsLeft === null ? null : secondsLeft + Math.max(0, rest)
}
