import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ErrorReport } from '../base/errors.ts'
import type { Device, SelfTest } from './types.ts'

/** A device's gradients may differ from the CPU's by this much; bf16 keeps 8 bits of a number. */
const tolerances = { fp32: 1e-3, bf16: 5e-2 } as const

type Answer = { readonly selfTest: SelfTest } | { readonly error: ErrorReport }

export interface ProbeOptions {
  /** Milliseconds until a device that does not answer is given up. Default two minutes. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  /** Of the process; default: this one's. */
  readonly environment?: NodeJS.ProcessEnv
}

/**
 * Tries a device with a training step in a process of its own, since a driver that is not up to it may take the
 * process down. The answer is the device with its self-test, or not usable with the reason.
 */
export async function probe(device: Device, options: ProbeOptions = {}): Promise<Device> {
  if (!device.usable) return device
  const precision = device.precisions[0] ?? 'fp32'
  const answer = await ask([device.engine, device.id, precision], options)
  if ('error' in answer) {
    const { message, hint } = answer.error
    const sentences = [message.replace(/[.\s]*$/, '.'), device.remedy ?? hint]
    return { ...device, usable: false, reason: sentences.filter(Boolean).join(' ') }
  }
  const { difference } = answer.selfTest
  if (difference <= tolerances[precision]) return { ...device, selfTest: answer.selfTest }
  const reason = `Its gradients differ from the CPU's by ${(100 * difference).toFixed(1)}%: it cannot be trusted.`
  return { ...device, selfTest: answer.selfTest, usable: false, reason }
}

function ask(
  question: readonly string[],
  { timeout = 120_000, signal, environment }: ProbeOptions,
): Promise<Answer> {
  return new Promise((resolve) => {
    const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
    const program = fileURLToPath(new URL(`./selfTestProcess${extension}`, import.meta.url))
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const
    const child = fork(program, question, { stdio: [...stdio], timeout, signal, env: environment })
    let complaints = ''
    child.stderr?.on(
      'data',
      (chunk: Buffer) => (complaints = `${complaints}${chunk.toString()}`.slice(-2000)),
    )
    child.on('message', (answer) => resolve(answer as Answer))
    child.on('error', (error) => resolve(failed(error.message)))
    child.on('exit', (code, killed) => {
      const reason =
        killed === 'SIGTERM'
          ? 'it did not answer in time'
          : `its driver ended the process (${killed ?? code})`
      const detail = complaints.trim().split('\n').at(-1) ?? ''
      resolve(failed(`The self-test failed: ${reason}. ${detail}`.trim()))
    })
  })
}

function failed(message: string): Answer {
  return { error: { code: 'self-test-failed', message } }
}
