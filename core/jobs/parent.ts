import type { Tensors } from '../base/tensor.ts'
import { initialize } from '../network/initialize.ts'
import { transfer, type TransferMode } from '../network/transfer.ts'
import { buildVgg } from '../network/vgg.ts'
import type { Run } from '../registry/types.ts'
import type { Checkpoint } from '../training/checkpoint.ts'
import { networkOptions, type Recipe } from '../training/recipe.ts'
import { openCheckpoint } from './checkpoints.ts'
import type { JobContext } from './context.ts'

/** The run whose weights another one starts from. */
export interface Parent {
  readonly run: Run
  readonly checkpoint: Checkpoint
  readonly mode: TransferMode
}

/**
 * Finds the run that `initialization.from` names; the recipe then holds its id. Where no mode was asked for, the same
 * configuration takes over all that fits, another one what the paper's staged training copies (§3.1).
 * @param asked the recipe before its defaults were filled in
 */
export async function chooseParent(
  context: JobContext,
  recipe: Recipe,
  asked: unknown,
): Promise<{ readonly recipe: Recipe; readonly parent: Parent | null }> {
  const { initialization } = recipe
  if (initialization.from === null) {
    noticeHeldBack(context, recipe)
    return { recipe, parent: null }
  }
  const { from } = initialization
  const run = context.registry.runs.get(from.run)
  const { checkpoint } = await openCheckpoint(context, run, from.checkpoint ?? undefined)
  const usual = checkpoint.network.config === recipe.network.config ? 'matching' : 'staged'
  const mode = saysMode(asked) ? from.mode : usual
  return {
    recipe: { ...recipe, initialization: { ...initialization, from: { ...from, run: run.id, mode } } },
    parent: { run, checkpoint, mode },
  }
}

/** Fine-tuning without anything that was trained: it would run, and learn next to nothing. */
function noticeHeldBack({ emit }: JobContext, { optimization }: Recipe): void {
  const { frozen, rateFactors } = optimization
  const slowed = Object.entries(rateFactors).flatMap(([layer, factor]) => (factor < 1 ? [layer] : []))
  const held = [...new Set([...frozen, ...slowed])]
  if (held.length === 0) return
  emit({
    event: 'notice',
    code: 'random-held-back',
    message: `${held.join(', ')}: frozen or slowed down, and random to begin with.`,
    hint: 'Start from the weights of a trained run (--from RUN), or let these layers learn (optimization.frozen, optimization.rateFactors).',
  })
}

/** @throws StudioError `nothing-to-transfer` */
export function initialWeights(
  context: JobContext,
  { run, checkpoint, mode }: Parent,
  recipe: Recipe,
  classes: number,
): Tensors {
  const network = buildVgg(networkOptions(recipe, classes))
  const own = initialize(network, recipe.initialization.kind, recipe.seed)
  const source = { network: buildVgg(checkpoint.network), weights: checkpoint.state.weights }
  const { weights, copied } = transfer(network, own, source, mode)
  const message = `${copied.length} of ${weights.size} tensors start from run ${run.id} "${run.name}".`
  context.emit({ event: 'notice', code: 'transferred', message })
  return weights
}

function saysMode(asked: unknown): boolean {
  type Part = { initialization?: { from?: { mode?: unknown } | null } } | null
  return (asked as Part)?.initialization?.from?.mode !== undefined
}
