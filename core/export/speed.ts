import { throwIfAborted } from '../base/errors.ts'
import { openAnyModel, type AnyModel, type ModelInput } from '../engine/onnxruntime/anyModel.ts'

const rounds = 21
/** Milliseconds after which no further round starts. */
const patience = 20_000

/**
 * Milliseconds that two ONNX models take for one input: medians over rounds in which they take turns, so that whatever else the
 * machine does burdens both.
 */
export async function medianTimes(
  files: readonly [Uint8Array, Uint8Array],
  name: string,
  input: ModelInput,
  signal: AbortSignal | undefined,
): Promise<readonly [number, number]> {
  const models: AnyModel[] = []
  const times: readonly [number[], number[]] = [[], []]
  try {
    for (const file of files) models.push(await openAnyModel(file))
    for (const model of models) await model.run(name, input)
    const started = performance.now()
    for (let round = 0; round < rounds && performance.now() - started < patience; round++) {
      for (const [index, model] of models.entries()) {
        throwIfAborted(signal)
        const before = performance.now()
        await model.run(name, input)
        times[index]!.push(performance.now() - before)
      }
    }
  } finally {
    for (const model of models) await model.dispose()
  }
  return [median(times[0]), median(times[1])]
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
