import type { ErrorReport } from '../base/errors.ts'
import { patience, runInOwnProcess } from './ownProcess.ts'
import type { Device, Precision, SelfTest } from './types.ts'

/**
 * A device's gradients may differ from the CPU's by this much. bf16 keeps 8 bits of a number, and batch normalization
 * over few noisy images makes much of each: what is right differs by 0.2 to 0.4 there, what is wrong by 1 and more.
 */
const tolerances = { fp32: 1e-3, bf16: 0.7 } as const

type Answer = { readonly selfTest: SelfTest } | { readonly error: ErrorReport }

export interface ProbeOptions {
  /** Milliseconds until a device that does not answer is given up. Default two minutes. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  /** Of the process; default: this one's. */
  readonly environment?: NodeJS.ProcessEnv
}

/** A device in one precision: what its self-test gave, or why it can't be used so. */
export type Trial =
  | { readonly precision: Precision; readonly usable: true; readonly selfTest: SelfTest }
  | {
      readonly precision: Precision
      readonly usable: false
      readonly reason: string
      readonly selfTest?: SelfTest
    }

export interface ProbedDevice extends Device {
  readonly trials: readonly Trial[]
}

/**
 * Tries a device with a training step in each of its precisions, in a process of its own each time, since a driver that
 * is not up to it may take the process down. The answer is the device with the precisions that work and its first
 * one's self-test, or not usable with the reason.
 */
export async function probe(device: Device, options: ProbeOptions = {}): Promise<ProbedDevice> {
  if (!device.usable) return { ...device, trials: [] }
  const trials: Trial[] = []
  for (const precision of device.precisions) trials.push(await prove(device, precision, options))
  const [first] = trials
  const usable = trials.filter((one) => one.usable)
  return {
    ...device,
    ...(usable.length > 0 && { precisions: usable.map(({ precision }) => precision) }),
    usable: usable.length > 0,
    trials,
    ...(first?.selfTest && { selfTest: first.selfTest }),
    ...(first?.usable === false && usable.length === 0 && { reason: first.reason }),
  }
}

/** The same in one precision. Where the signal ends it, it counts as not usable: whoever aborts looks at the signal. */
export async function prove(
  device: Device,
  precision: Precision,
  options: ProbeOptions = {},
): Promise<Trial> {
  const answer = await ask([device.engine, device.id, precision], options)
  if ('error' in answer) {
    const { message, hint } = answer.error
    const sentences = [message.replace(/[.\s]*$/, '.'), device.remedy ?? hint]
    return { precision, usable: false, reason: sentences.filter(Boolean).join(' ') }
  }
  const { selfTest } = answer
  const reason = refusal(selfTest.difference, precision)
  return reason === null
    ? { precision, usable: true, selfTest }
    : { precision, usable: false, reason, selfTest }
}

/**
 * Why a device is not to be trained on, null where it is.
 * @param difference of its gradients; not a number, or null after it went from process to process, where they are none
 */
export function refusal(difference: number | null, precision: Precision): string | null {
  if (difference === null || !Number.isFinite(difference)) {
    return 'Its gradients are not all numbers: it cannot be trained.'
  }
  if (difference <= tolerances[precision]) return null
  return `Its gradients differ from the CPU's by ${(100 * difference).toFixed(1)}%: it cannot be trained.`
}

async function ask(
  question: readonly string[],
  { timeout = patience, signal, environment }: ProbeOptions,
): Promise<Answer> {
  let answer: Answer | undefined
  const ending = await runInOwnProcess('selfTestProcess', question, {
    onMessage: (message) => (answer = message as Answer),
    ...{ signal, timeout, environment },
  })
  const reason = ending?.message ?? 'it ended without a word.'
  return answer ?? { error: { code: 'self-test-failed', message: `The self-test failed: ${reason}` } }
}
