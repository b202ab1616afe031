import { InvalidArgumentError } from 'commander'
import type { JobContext } from '../jobs/context/context.ts'
import { planSeconds } from '../jobs/plan/planCost.ts'
import { epochsOf } from '../jobs/plan/steps.ts'
import { expectedDuration } from '../jobs/training/expectedSeconds.ts'
import type { TrainInput } from '../jobs/training/prepare.ts'
import { planKinds, plannedSteps, type Planned } from '../jobs/plan/planned.ts'
import { showPlan, type PlanDetails, type StepDetails } from '../queries/plans.ts'
import type { Id, Plan } from '../registry/types.ts'
import { parseRecipe } from '../training/recipe.ts'
import type { Varied } from '../training/sweep.ts'
import type { Session } from './command.ts'
import { duration, measured, ofImages, rate } from './format.ts'
import { runJob } from './runJob.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

/** The options of `train` that make it several trainings. */
export interface PlanFlags {
  readonly staged?: true
  readonly vary?: readonly string[]
  readonly most: number
  readonly halving?: number
}

/** What was asked for instead of one training; null where it is one. @throws InvalidArgumentError */
export function plannedAs({ staged, vary, most, halving }: PlanFlags): Planned | null {
  if (staged) return { kind: 'chain' }
  if (vary !== undefined) {
    const how = halving === undefined ? null : { factor: 2, first: halving }
    return { kind: 'sweep', varied: vary.map(variedOf), most, halving: how }
  }
  if (halving !== undefined)
    throw new InvalidArgumentError('--halving is for sweeps: say what varies with --vary.')
  return null
}

/** `optimization.learningRate=0.01,0.03` */
function variedOf(text: string): Varied {
  const equals = text.indexOf('=')
  const values = text
    .slice(equals + 1)
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '')
  if (equals > 0 && values.length > 0) return { setting: text.slice(0, equals).trim(), values }
  throw new InvalidArgumentError(
    `“${text}” does not say which values a setting has. For example --vary optimization.learningRate=0.01,0.03.`,
  )
}

/** Plans several trainings as one, and trains them; a folder is imported first. @returns the exit code. @throws StudioError */
export async function trainPlanned(
  session: Session,
  context: JobContext,
  { dataset, name, recipe: asked, import: split }: TrainInput,
  planned: Planned,
): Promise<number> {
  const { registry } = context
  const recipe = parseRecipe(asked)
  const known =
    registry.datasets.find(dataset) ??
    registry.datasets.get((await runJob(session, context, 'import', { source: dataset, ...split })).dataset)
  const steps = plannedSteps(asked as object, planned, known)
  const suggestion = `${known.name}-${recipe.network.config}-${planKinds[planned.kind]}`
  const { kind } = planned
  const halving = planned.kind === 'sweep' ? planned.halving : null
  const plan = registry.plans.create({ name, suggestion, kind, dataset: known.id, steps, halving })
  return carryOut(session, context, plan.id)
}

/** Does what a plan has left to do. @returns the exit code. @throws StudioError */
export async function carryOut(session: Session, context: JobContext, reference: Id): Promise<number> {
  const { terminal } = session
  const plan = context.registry.plans.get(reference)
  terminal.note(planText(showPlan(context, plan.id), terminal))
  const seconds = await costOf(context, plan)
  if (seconds !== null) terminal.note(`In all about ${duration(seconds)}, from the first run on.`)
  const { status, ...result } = await runJob(session, context, 'plan', { plan: plan.id })
  const details = showPlan(context, plan.id)
  terminal.result({ event: status, ...result, steps: details.steps }, () => planText(details, terminal))
  return status === 'stopped' ? session.interruptCode() : 0
}

async function costOf(context: JobContext, { dataset, steps, halving }: Plan): Promise<number | null> {
  if (dataset === null) return null
  const known = context.registry.datasets.get(dataset)
  const runs = await Promise.all(
    steps.map(({ recipe }) => expectedDuration(context, parseRecipe(recipe), known)),
  )
  return planSeconds(runs, halving, epochsOf(steps[0]!.recipe))
}

/** The plan: a line for each step, with what came of it; of a sweep the best first. */
export function planText(
  details: PlanDetails,
  { colors, metric }: Pick<Terminal, 'colors' | 'metric'>,
): string {
  const { plan, kind, name, status, dataset, steps, varied } = details
  const right = 'right' as const
  const isChain = kind === 'chain'
  const columns = [
    { title: isChain ? 'stage' : 'place', align: right },
    ...(isChain
      ? [{ title: 'from' }, { title: 'network' }, { title: 'S' }, { title: 'rate', align: right }]
      : varied.map((path) => ({ title: path.slice(path.lastIndexOf('.') + 1), align: right }))),
    { title: 'run' },
    { title: 'status' },
    { title: 'epochs', align: right },
    { title: `best top-1 ${metric}`, align: right },
    { title: `test top-1 ${metric}`, align: right },
    { title: 'time', align: right },
  ]
  const rows = (isChain ? steps : bestFirst(steps)).map((step, place) => [
    String(place + 1),
    ...(isChain ? chainCells(step) : step.values.map((value) => value ?? '')),
    step.run?.run ?? '',
    step.run?.status ?? 'waiting',
    `${step.run?.epochs ?? 0}/${step.plannedEpochs ?? '?'}`,
    step.run?.best ? `${measured(step.run.best.top1Error, metric)}${ofImages(step.run.best.images)}` : '',
    step.run?.test ? measured(step.run.test.top1Error, metric) : '',
    step.run?.seconds == null ? '' : duration(step.run.seconds),
  ])
  const where = dataset ? `on ${dataset.name} version ${dataset.version}` : 'data set deleted'
  const best = isChain ? undefined : bestFirst(steps)[0]?.run
  const next =
    status !== 'completed'
      ? [`Continue with: vgg-studio resume ${plan}`]
      : best
        ? [`Continue from the best: vgg-studio train ${dataset?.dataset ?? 'DATASET'} --from ${best.run}`]
        : []
  return [`Plan ${colors.bold(plan)} “${name}” ${where}: ${status}`, table(columns, rows), ...next].join('\n')
}

const chainCells = ({ source, config, scale, learningRate }: StepDetails): readonly string[] => [
  source === null ? 'scratch' : `stage ${source + 1}`,
  config ?? '',
  scale === null ? '' : rangeText(scale),
  learningRate === null ? '' : rate(learningRate),
]

/** By validation error; what has none comes last, in its order. */
function bestFirst(steps: readonly StepDetails[]): readonly StepDetails[] {
  const errorOf = ({ run }: StepDetails): number => run?.best?.top1Error ?? Infinity
  return steps.toSorted((a, b) => (errorOf(a) === errorOf(b) ? 0 : errorOf(a) - errorOf(b)))
}

/** `256`, `256–512` */
export const rangeText = ({ min, max }: NonNullable<StepDetails['scale']>): string =>
  min === max ? String(min) : `${min}–${max}`
