import type { JobContext } from '../jobs/context/context.ts'
import type { TrainInput } from '../jobs/training/prepare.ts'
import { showPlan, type PlanDetails, type StepDetails } from '../queries/plans.ts'
import type { Id } from '../registry/types.ts'
import { parseRecipe } from '../training/recipe.ts'
import { stagedTraining } from '../training/stagedTraining.ts'
import type { Session } from './command.ts'
import { measured, ofImages, rate } from './format.ts'
import { runJob } from './runJob.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

/** Plans the stages of a training, and trains them; a folder is imported first. @returns the exit code. @throws StudioError */
export async function trainStaged(
  session: Session,
  context: JobContext,
  { dataset, name, recipe: asked, import: split }: TrainInput,
): Promise<number> {
  const { registry } = context
  const recipe = parseRecipe(asked)
  const steps = stagedTraining(recipe)
  const known = registry.datasets.find(dataset)
  const { id, name: own } =
    known ??
    registry.datasets.get((await runJob(session, context, 'import', { source: dataset, ...split })).dataset)
  const suggestion = `${own}-${recipe.network.config}-staged`
  const plan = registry.plans.create({ name, suggestion, kind: 'chain', dataset: id, steps })
  return carryOut(session, context, plan.id)
}

/** Does what a plan has left to do. @returns the exit code. @throws StudioError */
export async function carryOut(session: Session, context: JobContext, plan: Id): Promise<number> {
  const { terminal } = session
  terminal.note(planText(showPlan(context, plan), terminal))
  const { status, ...result } = await runJob(session, context, 'plan', { plan })
  const details = showPlan(context, plan)
  terminal.result({ event: status, ...result, steps: details.steps }, () => planText(details, terminal))
  return status === 'stopped' ? session.interruptCode() : 0
}

/** The plan as a lineage: a line for each step, with what came of it. */
export function planText(
  { plan, name, status, dataset, steps }: PlanDetails,
  { colors, metric }: Pick<Terminal, 'colors' | 'metric'>,
): string {
  const right = 'right' as const
  const columns = [
    { title: 'stage', align: right },
    { title: 'from' },
    { title: 'network' },
    { title: 'S' },
    { title: 'rate', align: right },
    { title: 'run' },
    { title: 'status' },
    { title: 'epochs', align: right },
    { title: `best top-1 ${metric}`, align: right },
  ]
  const rows = steps.map(({ source, run, ...step }, place) => [
    String(place + 1),
    source === null ? 'scratch' : `stage ${source + 1}`,
    step.config ?? '',
    step.scale === null ? '' : rangeText(step.scale),
    step.learningRate === null ? '' : rate(step.learningRate),
    run?.run ?? '',
    run?.status ?? 'waiting',
    `${run?.epochs ?? 0}/${step.plannedEpochs ?? '?'}`,
    run?.best ? `${measured(run.best.top1Error, metric)}${ofImages(run.best.images)}` : '',
  ])
  const where = dataset ? `on ${dataset.name} version ${dataset.version}` : 'data set deleted'
  const next = status === 'completed' ? [] : [`Go on with it: vgg-studio resume ${plan}`]
  return [`Plan ${colors.bold(plan)} “${name}” ${where}: ${status}`, table(columns, rows), ...next].join('\n')
}

/** `256`, `256–512` */
export const rangeText = ({ min, max }: NonNullable<StepDetails['scale']>): string =>
  min === max ? String(min) : `${min}–${max}`
