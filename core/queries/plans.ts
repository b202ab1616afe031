import type { HomeContext } from '../jobs/context/home.ts'
import { nextStep, runsOfSteps } from '../jobs/plan/steps.ts'
import { countedEpoch } from '../jobs/recording/countedEpoch.ts'
import type { Id, Plan, PlanStep, Run, RunStatus } from '../registry/types.ts'
import { bestEpoch } from '../training/best.ts'
import type { EpochRecord } from '../training/events.ts'
import { storedRecipe } from '../training/recipe.ts'
import { settingTexts } from '../training/changedSettings.ts'

/** A plan with what came of its steps. */
export interface PlanDetails extends Omit<Plan, 'id' | 'steps' | 'dataset'> {
  readonly plan: Id
  readonly dataset: { readonly dataset: Id; readonly name: string; readonly version: number } | null
  /** Status of the step that is next: `queued` where it has not begun; `completed` after the last. */
  readonly status: RunStatus
  /** Settings that are not the same in all steps. */
  readonly varied: readonly string[]
  readonly steps: readonly StepDetails[]
}

export interface StepDetails {
  /** Place of the step whose run it starts from; null: from scratch. */
  readonly source: number | null
  /** `D` */
  readonly config: string | null
  /** Values of the settings that vary, in their order; null where a recipe has none. */
  readonly values: readonly (string | null)[]
  readonly scale: { readonly min: number; readonly max: number } | null
  readonly learningRate: number | null
  readonly plannedEpochs: number | null
  readonly run: StepRun | null
}

export interface StepRun extends Pick<Run, 'name' | 'status'> {
  readonly run: Id
  /** Seconds that its epochs took; null before the first. */
  readonly seconds: number | null
  /** Done. */
  readonly epochs: number
  readonly best: ReturnType<typeof bestEpoch>
  /** Its latest evaluation on test images. */
  readonly test: { readonly evaluation: Id; readonly top1Error: number; readonly images: number } | null
}

/** A plan in a list. */
export interface PlanSummary extends Pick<
  PlanDetails,
  'plan' | 'name' | 'kind' | 'dataset' | 'status' | 'created'
> {
  /** Runs that it is of, and how many of them are done with: all after its end, also those that halving gave up. */
  readonly trainings: number
  readonly ended: number
  /** The run with the lowest validation error; of a chain the last that has one. */
  readonly best: StepRun | null
}

/** The oldest first. */
export function listPlans(context: HomeContext): readonly PlanSummary[] {
  return context.registry.plans.list().map(({ id }) => summaryOf(showPlan(context, id)))
}

function summaryOf({ plan, name, kind, dataset, status, created, steps }: PlanDetails): PlanSummary {
  const runs = steps.flatMap(({ run }) => run ?? [])
  const measured = runs.filter(({ best }) => best !== null)
  const sorted = measured.toSorted((a, b) => a.best!.top1Error - b.best!.top1Error)
  return {
    ...{ plan, name, kind, dataset, status, created },
    trainings: steps.length,
    ended:
      status === 'completed'
        ? steps.length
        : runs.filter((run) => run.status === 'completed' || run.status === 'failed').length,
    best: (kind === 'chain' ? measured.at(-1) : sorted[0]) ?? null,
  }
}

/** @throws StudioError `not-found` */
export function showPlan({ registry }: HomeContext, reference: string): PlanDetails {
  const { id, dataset: data, steps, ...plan } = registry.plans.get(reference)
  const dataset = data === null ? null : registry.datasets.get(data)
  const runs = runsOfSteps(registry, registry.plans.get(id))
  const next = nextStep(registry, registry.plans.get(id), runs)
  const { varied, values } = variedSettings(steps)
  const latest = registry.evaluations.latest('test')
  const outcomes = registry.epochs.summaries<EpochRecord>(runs.flatMap((run) => run?.id ?? []))

  function runOf(run: Run | null): StepRun | null {
    if (run === null) return null
    const { epochs, best } = outcomes.get(run.id)!
    const evaluation = latest.get(run.id)
    const result = evaluation === undefined ? null : registry.evaluations.get(evaluation).result
    const { name, status } = run
    const records = registry.epochs.list<EpochRecord>(run.id)
    const seconds = records.length === 0 ? null : records.reduce((sum, record) => sum + record.seconds, 0)
    return {
      ...{ run: run.id, name, status, seconds, epochs },
      best: best && bestEpoch([countedEpoch(best, dataset)]),
      test: result && { evaluation: evaluation!, top1Error: result.top1Error, images: result.images },
    }
  }

  return {
    plan: id,
    ...plan,
    dataset: dataset && { dataset: dataset.id, name: dataset.name, version: dataset.version },
    status: next === null ? 'completed' : (runs[next.step]?.status ?? 'queued'),
    varied,
    steps: steps.map(({ recipe, source }, place) => {
      const { network, data: images, optimization } = storedRecipe(recipe) as RecipeParts
      return {
        source,
        config: network?.config ?? null,
        values: values[place]!,
        scale: images?.scale ?? null,
        learningRate: optimization?.learningRate ?? null,
        plannedEpochs: optimization?.epochs ?? null,
        run: runOf(runs[place]!),
      }
    }),
  }
}

/** Settings in which steps differ, and each step's values of them. */
export function variedSettings(steps: readonly Pick<PlanStep, 'recipe'>[]) {
  const texts = steps.map(({ recipe }) => settingTexts(storedRecipe(recipe)))
  const paths = [...new Set(texts.flatMap((one) => [...one.keys()]))]
  const varied = paths.filter((path) => new Set(texts.map((one) => one.get(path) ?? null)).size > 1)
  return { varied, values: texts.map((one) => varied.map((path) => one.get(path) ?? null)) }
}

/** The runs that a run's weights come from, the first one first, and itself. */
export function lineageOf({ runs }: HomeContext['registry'], id: Id): readonly Run[] {
  // A run is made after its parent, so that this ends.
  const line = [runs.get(id)]
  for (let { parent } = line[0]!; parent !== null; { parent } = line[0]!) line.unshift(runs.get(parent))
  return line
}

interface RecipeParts {
  readonly network?: { readonly config?: string }
  readonly data?: { readonly scale?: { readonly min: number; readonly max: number } }
  readonly optimization?: { readonly learningRate?: number; readonly epochs?: number }
}
