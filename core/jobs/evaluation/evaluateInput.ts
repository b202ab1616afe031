import type { Split } from '../../dataset/types.ts'
import type { ScalePreset } from '../../evaluation/scales.ts'
import type { ExecutionInput } from '../training/selectExecution.ts'

/** What is evaluated, and how. */
export interface EvaluateInput extends ExecutionInput {
  readonly run: string
  /** Default `test`. */
  readonly split?: Split | undefined
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** Shorter sides, pixels, or a preset; default: the training scale, or the middle of its range. */
  readonly scales?: ScalePreset | readonly number[] | undefined
  readonly views?: string | undefined
  readonly flips?: boolean | undefined
  /** Another data set with the same classes; default: the run's own. */
  readonly dataset?: string | undefined
}
