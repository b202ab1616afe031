import { isLinuxX64, thisSystem, type System } from '../../engine/install/machine.ts'
import type { NoticeFact } from '../../messages/catalog.ts'
import { nvidiaGpus } from '../../engine/nvidia.ts'
import { tensorflowBenefit } from '../../engine/tensorflow/benefit.ts'
import { findInstallation } from '../../engine/tensorflow/location.ts'
import { releases } from '../../engine/tensorflow/release.ts'
import { describe, trainingFactor } from '../../network/cost.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import { networkOptions, type Recipe } from '../../training/recipe.ts'
import type { JobContext } from '../context/context.ts'

/** What an engine that is not installed would bring on this machine. */
export type Suggestion = Extract<NoticeFact, { readonly code: 'engine-available' }> & {
  /** Name of an installable; `variant` says which form of it. */
  readonly name: string
  readonly variant: string
}

/** Null where TensorFlow is here, or can't be. */
export async function engineSuggestion(
  precision: Recipe['execution']['precision'] = 'auto',
  system: System = thisSystem(),
  findGpus: typeof nvidiaGpus = nvidiaGpus,
): Promise<Suggestion | null> {
  if (findInstallation() || !isLinuxX64(system)) return null
  const hasGpu = (await findGpus()).length > 0
  const variant = hasGpu ? 'cuda' : 'cpu'
  const flag = variant === 'cpu' ? '' : ` --${variant}`
  const values = { flag, bytes: releases[variant].download }
  return {
    name: 'tensorflow',
    variant,
    code: 'engine-available',
    values: hasGpu ? { what: 'gpu', ...values } : { what: 'cpu', ...benefit(precision), ...values },
  }
}

function benefit(precision: Recipe['execution']['precision']) {
  const { factor, feature } = tensorflowBenefit(precision)
  return { factor, feature }
}

/** Multiply-adds of a run that is over so soon that nobody would install anything for it: a minute. */
const worthwhile = 1e12

/** Says what another engine would bring, to who may use it and waits long enough to care. */
export async function suggestEngine(
  { emit }: Pick<JobContext, 'emit'>,
  { asked, images, classes }: { readonly asked: Recipe; readonly images: number; readonly classes: number },
): Promise<void> {
  const { engine, precision } = asked.execution
  const suggestion = engine === 'auto' ? await engineSuggestion(precision) : null
  if (suggestion === null) return
  const { multiplyAdds } = describe(buildNetwork(networkOptions(asked, classes)))
  if (trainingFactor * multiplyAdds * images * asked.optimization.epochs < worthwhile) return
  const { code, values } = suggestion
  emit({ event: 'notice', code, values, terminalOnly: true })
}
