import { resolve } from 'node:path'
import { executionOf } from '../engine/execution.ts'
import { ranking } from './metrics.ts'
import { modelPosteriors, type Model } from './model.ts'
import { describeProtocol } from './protocol.ts'
import type { PredictionResult } from './types.ts'

export interface PredictionInput extends Model {
  /** Image files, absolute or relative to the working directory. */
  readonly files: readonly string[]
}

/**
 * The five most probable classes of each file. Files that cannot be read are listed with the reason, not fatal.
 * @throws StudioError `invalid-protocol`, `not-finite`, `canceled`
 */
export async function predict(input: PredictionInput): Promise<PredictionResult> {
  const { files, classes, protocol } = input
  const items = files.map((path) => ({ path: resolve(path), label: 0 }))
  const { values, failures } = await modelPosteriors(input, items)
  const failed = new Map(failures.map((failure) => [failure.item, failure.reason]))
  const row = (index: number): Float64Array =>
    values.subarray(index * classes.length, (index + 1) * classes.length)
  return {
    execution: executionOf(input.engine, input.execution),
    protocol,
    protocolText: describeProtocol(protocol),
    predictions: files.flatMap((path, index) => {
      if (failed.has(index)) return []
      const top = ranking(row(index), 5)
      return [
        { path, classes: top.map(({ label, probability }) => ({ name: classes[label]!, probability })) },
      ]
    }),
    failures: files.flatMap((path, index) =>
      failed.has(index) ? [{ path, reason: failed.get(index)! }] : [],
    ),
  }
}
