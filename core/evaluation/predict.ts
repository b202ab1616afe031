import { resolve } from 'node:path'
import { executionOf } from '../engine/execution.ts'
import { ranking } from './metrics.ts'
import { modelProbabilities, type Model } from './model.ts'
import { calibratedRow } from './statistics/temperature.ts'
import { describeProtocol } from './protocol.ts'
import type { PredictionResult, RankedClass } from './types.ts'

export interface PredictionInput extends Model {
  /** Image files, absolute or relative to the working directory. */
  readonly files: readonly string[]
  /** Probabilities become softmax(ln p / T); default: as they are. */
  readonly temperature?: number | undefined
}

/**
 * The five most probable classes of each file. Files that cannot be read are listed with the reason, not fatal.
 * @throws StudioError `invalid-protocol`, `not-finite`, `canceled`
 */
export async function predict(input: PredictionInput): Promise<PredictionResult> {
  const { files, classes, protocol, temperature } = input
  const items = files.map((path) => ({ path: resolve(path), label: 0 }))
  const tops = new Map<number, readonly RankedClass[]>()
  const failures = await modelProbabilities(input, items, {
    onRow: (item, row) => {
      const said = temperature === undefined ? row : calibratedRow(row, temperature)
      tops.set(item, ranking(Float32Array.from(said), 5))
    },
  })
  const failed = new Map(failures.map((failure) => [failure.item, failure.reason]))
  return {
    execution: executionOf(input.engine, input.execution),
    protocol,
    protocolText: describeProtocol(protocol),
    predictions: files.flatMap((path, index) => {
      const top = tops.get(index)
      if (!top) return []
      return [
        { path, classes: top.map(({ label, probability }) => ({ name: classes[label]!, probability })) },
      ]
    }),
    failures: files.flatMap((path, index) =>
      failed.has(index) ? [{ path, reason: failed.get(index)! }] : [],
    ),
  }
}
