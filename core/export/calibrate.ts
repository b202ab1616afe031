import { StudioError, throwIfAborted } from '../base/errors.ts'
import { openAnyModel } from '../engine/onnxruntime/anyModel.ts'
import type { ValueRange } from '../graph/onnx/eightBits.ts'
import {
  leastOf,
  mostOf,
  observedNames,
  observingModel,
  type QuantizationPlan,
} from '../graph/onnx/planQuantization.ts'
import { encodeModel } from '../graph/onnx/schema.ts'
import { readPicture } from './loaders/picture.ts'
import { modelInput } from './loaders/preprocess.ts'
import type { Preprocessing } from './preprocessing.ts'

/**
 * Least and greatest values of the activations that become 8 bits, over images (ONNX Runtime's MinMax calibration). Files that
 * can't be read are passed over.
 * @param paths of images that were trained on, absolute
 * @throws StudioError `export-calibration` where none can be read, `canceled`
 */
export async function observedRanges(
  plan: QuantizationPlan,
  rules: Preprocessing,
  paths: readonly string[],
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<string, ValueRange>> {
  const names = observedNames(plan)
  const model = await openAnyModel(encodeModel(observingModel(plan)))
  const ranges = new Map<string, ValueRange>()
  try {
    for (const path of paths) {
      throwIfAborted(signal)
      const picture = await readPicture(path).catch(() => null)
      if (picture === null) continue
      const values = await model.run(rules.input.name, modelInput(picture, rules))
      for (const name of names) {
        const [least, most] = [values.get(leastOf(name))![0]!, values.get(mostOf(name))![0]!]
        const { low, high } = ranges.get(name) ?? { low: least, high: most }
        ranges.set(name, { low: Math.min(low, least), high: Math.max(high, most) })
      }
    }
  } finally {
    await model.dispose()
  }
  if (ranges.size === 0) throw new StudioError('export-calibration', { images: paths.length })
  return ranges
}
