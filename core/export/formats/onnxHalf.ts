import { join } from 'node:path'
import { writeAtomic } from '../../base/files.ts'
import { inHalf } from '../../graph/onnx/half.ts'
import { encodeModel } from '../../graph/onnx/schema.ts'
import { writePage } from '../browserPage.ts'
import type { Exporter } from '../exporter.ts'
import { besideOnnx, onnx, onnxModelOf } from './onnx.ts'

/** ONNX in half precision: half the size, for GPUs and phones. */
export const onnxHalf: Exporter = {
  ...onnx,
  // A half has 11 bits: rounding alone is some 5·10⁻⁴ of a value, in each layer.
  tolerance: () => 1e-2,
  async write(source, rules, choices, folder) {
    await writeAtomic(join(folder, 'model.onnx'), encodeModel(inHalf(onnxModelOf(source, rules, choices))))
    await writePage(folder, 'onnx', rules)
  },
  besideSingle: besideOnnx,
}
