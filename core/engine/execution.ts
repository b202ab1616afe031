import type { Engine, EngineName, ExecutionOptions, Precision, TrainedByName } from './types.ts'

/** What computed something: what has to be the same for the same numbers. */
export interface Execution extends TrainedBy {
  readonly engine: EngineName
}

/** The same of a training, which other machines may have computed. */
export interface TrainedBy {
  readonly engine: TrainedByName
  readonly engineVersion: string
  readonly device: string
  readonly precision: Precision
}

/** The execution with an engine's defaults filled in. */
export function executionOf({ name, version }: Engine, options: ExecutionOptions = {}): Execution {
  const { device = 'cpu', precision = 'fp32' } = options
  return { engine: name, engineVersion: version, device, precision }
}
