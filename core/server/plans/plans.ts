import type { HomeContext } from '../../jobs/context/home.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import { showPlan } from '../../queries/plans.ts'
import type { Id } from '../../registry/types.ts'
import { parseRecipe } from '../../training/recipe.ts'
import { stagedTraining } from '../../training/stagedTraining.ts'
import type { PlanCheck, PlanView } from '../api/types.ts'
import type { Planning } from '../planning/types.ts'
import type { Queue } from '../queue/queue.ts'
import { endStates, type QueuedJob } from '../queue/types.ts'

export interface PlansOptions {
  readonly context: HomeContext
  readonly texts: Catalog
  readonly queue: Queue
  readonly planning: () => Promise<Planning>
}

/** Trainings that follow from one another. All throw StudioError `not-found`. */
export interface Plans {
  view(id: Id): PlanView
  /** What the stages would be, and cost. @throws StudioError `invalid-recipe`, `nothing-to-transfer` */
  check(input: StagedInput): Promise<PlanCheck>
  /** Plans the stages, and queues them as one. @throws as check, and `name-taken` */
  start(input: StagedInput & { readonly name?: string | undefined }): Promise<QueuedJob>
  /** Goes on with what is left to do; the job that does so already, where there is one. */
  resume(id: Id): Promise<QueuedJob>
}

export interface StagedInput {
  readonly dataset: Id
  /** Of the last network: any part of a recipe. */
  readonly recipe: Readonly<Record<string, unknown>>
}

export function openPlans({ context, texts, queue, planning }: PlansOptions): Plans {
  const { registry } = context
  const jobOf = (id: Id): QueuedJob | null =>
    queue.list().find((job) => job.plan === id && !(endStates as readonly string[]).includes(job.state)) ??
    null

  return {
    view: (id) => ({ ...showPlan(context, id), job: shown(jobOf(registry.plans.get(id).id), texts) }),
    async check({ dataset, recipe }) {
      const { check } = await planning()
      const stages = await Promise.all(
        stagedTraining(parseRecipe(recipe)).map(async ({ recipe: own, source }) => {
          const { cost } = await check({ recipe: own as unknown as Record<string, unknown>, dataset })
          const { network, data, optimization } = own
          return {
            source,
            config: network.config,
            scale: data.scale,
            learningRate: optimization.learningRate,
            epochs: optimization.epochs,
            seconds: cost?.seconds?.total ?? null,
          }
        }),
      )
      const seconds = stages.reduce<number | null>(
        (sum, stage) => (sum === null || stage.seconds === null ? null : sum + stage.seconds),
        0,
      )
      return { stages, seconds }
    },
    start({ dataset, recipe: asked, name }) {
      const recipe = parseRecipe(asked)
      const suggestion = `${registry.datasets.get(dataset).name}-${recipe.network.config}-staged`
      const steps = stagedTraining(recipe)
      const { id: plan } = registry.plans.create({ name, suggestion, kind: 'chain', dataset, steps })
      return queue.add('plan', { plan })
    },
    async resume(id) {
      const { id: plan } = registry.plans.get(id)
      return jobOf(plan) ?? queue.add('plan', { plan })
    },
  }
}
