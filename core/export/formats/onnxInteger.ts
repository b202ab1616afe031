import { join } from 'node:path'
import { writeAtomic } from '../../base/files.ts'
import { cpuFlags } from '../../engine/tensorflow/cpu.ts'
import { planQuantization } from '../../graph/onnx/planQuantization.ts'
import { quantizedModel } from '../../graph/onnx/quantize.ts'
import { encodeModel } from '../../graph/onnx/schema.ts'
import { writePage } from '../browserPage.ts'
import { observedRanges } from '../calibrate.ts'
import type { Exporter } from '../exporter.ts'
import { besideOnnx, onnx, onnxModelOf } from './onnx.ts'

/** ONNX in 8-bit integers: a quarter of the size, for processors with instructions for them. */
export const onnxInteger: Exporter = {
  ...onnx,
  // 256 levels shift what the network is unsure of; how many answers that changes is measured beside single precision.
  tolerance: () => 0.5,
  async write(source, rules, choices, folder, { calibration, signal }) {
    const single = onnxModelOf(source, rules, choices)
    // Observed an image at a time, whatever the number that it will take.
    const any = choices.batch === 'any' ? single : onnxModelOf(source, rules, { ...choices, batch: 'any' })
    const ranges = await observedRanges(planQuantization(any), rules, calibration, { signal })
    const model = quantizedModel(planQuantization(single), ranges, { reduceRange: cutsOffSums() })
    await writeAtomic(join(folder, 'model.onnx'), encodeModel(model))
    await writePage(folder, 'onnx', rules)
  },
  besideSingle: besideOnnx,
}

/** Whether this processor adds two products of 8 bits in 16, as x86 does without VNNI; told by Linux alone. */
export function cutsOffSums(flags = cpuFlags(), architecture: string = process.arch): boolean {
  if (architecture !== 'x64') return false
  return !['avx512_vnni', 'avx_vnni'].some((flag) => flags.includes(flag))
}
