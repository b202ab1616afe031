import { patience, runInOwnProcess } from './ownProcess.ts'
import type { EngineName, ExecutionOptions } from './types.ts'

/**
 * Opens a small network for prediction and lets it see an image, in a process of its own: what a driver says or does
 * stays there. Null where that works; else why the device does not start, also where the signal ended it.
 */
export async function startFailure(
  engine: EngineName,
  execution: ExecutionOptions,
  signal?: AbortSignal,
): Promise<string | null> {
  let failure: string | null = 'It ended without a word.'
  const ending = await runInOwnProcess('startProcess', [engine, JSON.stringify(execution)], {
    onMessage: (message) => ({ failure } = message as { failure: string | null }),
    ...{ signal, timeout: patience },
  })
  return ending?.message ?? failure
}
