import { StudioError } from '../../base/errors.ts'
import type { HomeContext } from '../../jobs/context/home.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import { planSeconds } from '../../jobs/plan/planCost.ts'
import { planKinds, plannedSteps, type Planned } from '../../jobs/plan/planned.ts'
import { removePlan } from '../../jobs/plan/removePlan.ts'
import { listPlans, showPlan, variedSettings, type PlanSummary } from '../../queries/plans.ts'
import type { RemovedPlan } from '../../registry/plans.ts'
import type { Id } from '../../registry/types.ts'
import { parseRecipe } from '../../training/recipe.ts'
import type { PlanCheck, PlanView } from '../api/types.ts'
import type { Hub } from '../events/hub.ts'
import type { Planning } from '../planning/types.ts'
import type { Queue } from '../queue/queue.ts'
import { endStates, type QueuedJob } from '../queue/types.ts'

export interface PlansOptions {
  readonly context: HomeContext
  readonly texts: Catalog
  readonly queue: Queue
  readonly hub: Hub
  readonly planning: () => Promise<Planning>
}

/** Several trainings as one. All throw StudioError `not-found`. */
export interface Plans {
  /** The newest first. */
  list(): readonly PlanSummary[]
  /** Forgets a plan, until the server ends so that it can be restored; its runs stay. @throws StudioError `plan-busy`, `run-busy` */
  remove(id: Id): Pick<PlanSummary, 'plan' | 'name'>
  /** @throws StudioError `too-late`, `name-taken` */
  restore(id: Id): PlanView
  view(id: Id): PlanView
  /** What the runs would be, and cost. @throws StudioError those of plannedSteps, `invalid-recipe` */
  check(input: PlannedInput): Promise<PlanCheck>
  /** Plans the runs, and queues them as one. @throws as check, and `name-taken` */
  start(input: PlannedInput & { readonly name?: string | undefined }): Promise<QueuedJob>
  /** Does what is left to do; the job that does so already, where there is one. */
  resume(id: Id): Promise<QueuedJob>
}

export interface PlannedInput {
  readonly dataset: Id
  /** Any part of a recipe: the last network’s for a chain, what all runs have in common for a sweep. */
  readonly recipe: Readonly<Record<string, unknown>>
  readonly planned: Planned
}

export function openPlans({ context, texts, queue, hub, planning }: PlansOptions): Plans {
  const { registry } = context
  const jobOf = (id: Id): QueuedJob | null =>
    queue.list().find((job) => job.plan === id && !(endStates as readonly string[]).includes(job.state)) ??
    null

  const removed = new Map<Id, RemovedPlan>()
  const view = (id: Id): PlanView => ({
    ...showPlan(context, id),
    job: shown(jobOf(registry.plans.get(id).id), texts),
  })

  return {
    list: () => listPlans(context).toReversed(),
    remove(id) {
      const { name } = registry.plans.get(id)
      if (jobOf(id) !== null) throw new StudioError('plan-busy', { plan: id })
      removed.set(id, removePlan(registry, id))
      hub.publish({ type: 'plan', plan: id, change: 'deleted' })
      return { plan: id, name }
    },
    restore(id) {
      const kept = removed.get(id)
      if (!kept) throw new StudioError('too-late', { id })
      registry.plans.restore(kept)
      removed.delete(id)
      hub.publish({ type: 'plan', plan: id, change: 'created' })
      return view(id)
    },
    view,
    async check({ dataset, recipe, planned }) {
      const { check } = await planning()
      const steps = plannedSteps(recipe, planned, registry.datasets.get(dataset))
      const { varied, values } = variedSettings(steps)
      const checked = await Promise.all(
        steps.map(async ({ recipe: own }) => check({ recipe: own as Record<string, unknown>, dataset })),
      )
      const durations = checked.map(({ cost }) => cost?.seconds ?? null)
      const runs = steps.map(({ recipe: own, source }, place) => {
        const { network, data, optimization } = parseRecipe(own)
        return {
          ...{ source, config: network.config, scale: data.scale, values: values[place]! },
          ...{ learningRate: optimization.learningRate, epochs: optimization.epochs },
          seconds: durations[place]?.total ?? null,
        }
      })
      const halving = planned.kind === 'sweep' ? planned.halving : null
      return { varied, runs, seconds: planSeconds(durations, halving, runs[0]!.epochs) }
    },
    start({ dataset, recipe: asked, planned, name }) {
      const recipe = parseRecipe(asked)
      const known = registry.datasets.get(dataset)
      const steps = plannedSteps(asked, planned, known)
      const suggestion = `${known.name}-${recipe.network.config}-${planKinds[planned.kind]}`
      const halving = planned.kind === 'sweep' ? planned.halving : null
      const { kind } = planned
      const { id: plan } = registry.plans.create({ name, suggestion, kind, dataset, steps, halving })
      return queue.add('plan', { plan })
    },
    async resume(id) {
      const { id: plan } = registry.plans.get(id)
      return jobOf(plan) ?? queue.add('plan', { plan })
    },
  }
}
