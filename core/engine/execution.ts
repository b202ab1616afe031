import type { Engine, EngineName, ExecutionOptions, Precision } from './types.ts'

/** What computed something: what has to be the same for the same numbers. */
export interface Execution {
  readonly engine: EngineName
  readonly engineVersion: string
  readonly device: string
  readonly precision: Precision
}

/** The execution with an engine's defaults filled in. */
export function executionOf({ name, version }: Engine, options: ExecutionOptions = {}): Execution {
  const { device = 'cpu', precision = 'fp32' } = options
  return { engine: name, engineVersion: version, device, precision }
}
