import { findEngine } from '../engine/index.ts'
import type { Engine, EngineName, ExecutionOptions, Precision } from '../engine/types.ts'
import type { Recipe } from '../training/recipe.ts'

/** Where a job computes; left out: as the recipe says. */
export interface ExecutionInput {
  readonly engine?: EngineName | 'auto' | undefined
  readonly device?: string | undefined
  readonly precision?: Precision | 'auto' | undefined
}

/** The engine, and its options, for evaluation, prediction and export. */
export async function chooseExecution(
  input: ExecutionInput,
  { execution }: Recipe,
): Promise<{ engine: Engine; execution: ExecutionOptions }> {
  const device = input.device ?? execution.device
  const precision = input.precision ?? execution.precision
  return {
    engine: await findEngine(input.engine ?? execution.engine),
    execution: {
      ...(device === 'auto' ? {} : { device }),
      ...(precision === 'auto' ? {} : { precision }),
      ...(execution.threads === null ? {} : { threads: execution.threads }),
    },
  }
}
