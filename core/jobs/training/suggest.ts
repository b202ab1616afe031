import { isLinuxX64, thisSystem, type System } from '../../engine/install/machine.ts'
import type { NoticeFact } from '../../messages/catalog.ts'
import { expectedSeconds, type StepKind } from '../../engine/selection/speeds.ts'
import { stepCost } from '../../engine/selection/stepCost.ts'
import { cpuFlags } from '../../engine/tensorflow/cpu.ts'
import type { Precision } from '../../engine/types.ts'
import { nvidiaGpus } from '../../engine/nvidia.ts'
import { findInstallation } from '../../engine/tensorflow/location.ts'
import { releases } from '../../engine/tensorflow/release.ts'
import { describe, trainingFactor } from '../../network/cost.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import { networkOptions, type Recipe } from '../../training/recipe.ts'
import type { JobContext } from '../context/context.ts'
import { yardstick } from '../tasks/speed.ts'

/** What an engine that is not installed would bring on this machine. */
export type Suggestion = Extract<NoticeFact, { readonly code: 'engine-available' }> & {
  /** Name of an installable; `variant` says which form of it. */
  readonly name: string
  readonly variant: string
}

export interface SuggestionContext {
  /** What it is to be fast at; default: the yardstick. */
  readonly step?: StepKind
  /** Those of /proc/cpuinfo; default: this machine's. */
  readonly flags?: readonly string[]
}

/** Null where TensorFlow is here, can't be, or brings little. */
export async function engineSuggestion(
  precision: Recipe['execution']['precision'] = 'auto',
  system: System = thisSystem(),
  findGpus: typeof nvidiaGpus = nvidiaGpus,
  { step = yardstick(), flags = cpuFlags() }: SuggestionContext = {},
): Promise<Suggestion | null> {
  if (findInstallation() || !isLinuxX64(system)) return null
  const hasGpu = (await findGpus()).length > 0
  const variant = hasGpu ? 'cuda' : 'cpu'
  const benefit = tensorflowBenefit(precision, step, flags)
  if (!hasGpu && benefit.factor < least) return null
  const flag = variant === 'cpu' ? '' : ` --${variant}`
  const values = { flag, bytes: releases[variant].download }
  return {
    name: 'tensorflow',
    variant,
    code: 'engine-available',
    values: hasGpu ? { what: 'gpu', ...values } : { what: 'cpu', ...benefit, ...values },
  }
}

/**
 * How many times as fast as ONNX Runtime TensorFlow trains such a step on a CPU, to one decimal, and by what: as they
 * typically do, since it is not here to show it.
 * @param asked what was asked for; in fp32 nothing else counts
 * @param flags those of /proc/cpuinfo
 */
export function tensorflowBenefit(
  asked: Recipe['execution']['precision'],
  step: StepKind,
  flags: readonly string[],
): { readonly factor: number; readonly feature: string } {
  const isFast = asked !== 'fp32' && flags.includes('amx_bf16')
  const precision: Precision = isFast ? 'bf16' : 'fp32'
  const seconds = (engine: 'onnxruntime' | 'tensorflow', own: Precision): number =>
    expectedSeconds([], { engine, device: 'cpu', precision: own }, step)
  const factor = seconds('onnxruntime', 'fp32') / seconds('tensorflow', precision)
  return { factor: Number(factor.toFixed(1)), feature: isFast ? 'bf16 by AMX' : 'fp32' }
}

/** What it has to bring to be worth a word. */
const least = 1.2

/** Multiply-adds of a run that is over so soon that nobody would install anything for it: a minute. */
const worthwhile = 1e12

/** Says what another engine would bring, to a person who may use it and waits long enough to care. */
export async function suggestEngine(
  { emit }: Pick<JobContext, 'emit'>,
  { asked, images, classes }: { readonly asked: Recipe; readonly images: number; readonly classes: number },
  flags: readonly string[] = cpuFlags(),
): Promise<void> {
  const { engine, precision } = asked.execution
  if (engine !== 'auto') return
  const network = buildNetwork(networkOptions(asked, classes))
  const step = { ...yardstick(), work: stepCost(network) }
  const suggestion = await engineSuggestion(precision, undefined, undefined, { step, flags })
  if (suggestion === null) return
  const { multiplyAdds } = describe(network)
  if (trainingFactor * multiplyAdds * images * asked.optimization.epochs < worthwhile) return
  const { code, values } = suggestion
  emit({ event: 'notice', code, values, terminalOnly: true })
}
