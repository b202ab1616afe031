import { join } from 'node:path'
import { elementCount } from '../../base/tensor.ts'
import { writeAtomic } from '../../base/files.ts'
import { denseForm } from '../../evaluation/forms.ts'
import { deployedModel } from '../../graph/onnx/deployed.ts'
import { encodeModel, type OnnxModel } from '../../graph/onnx/schema.ts'
import { isPadded } from '../../image/types.ts'
import { denseWeights } from '../../network/dense.ts'
import { parameters } from '../../network/parameters.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { pageFiles, writePage } from '../browserPage.ts'
import { metadata, type Preprocessing } from '../preprocessing.ts'
import { runLoader } from '../runLoader.ts'
import type { Exporter } from '../exporter.ts'
import type { ExportChoices, ExportSource } from '../types.ts'

/** One file for ONNX Runtime and others, in 32-bit floats. */
export const onnx: Exporter = {
  files: ['model.onnx', ...pageFiles],
  loaders: ['classify.py', 'classify.ts', 'picture.ts', 'preprocess.ts', 'browser.ts'],
  tolerance: 1e-3,
  runtimes: ['onnxruntime-node', 'onnxruntime-web'],
  size: (source) => 4 * parameterCount(source),
  async write(source, rules, choices, folder) {
    await writeAtomic(join(folder, 'model.onnx'), encodeModel(onnxModelOf(source, rules, choices)))
    await writePage(folder, rules)
  },
  reopen: runLoader,
}

/** Values of all parameters that an export has. */
export function parameterCount({ network }: ExportSource): number {
  return parameters(withoutAuxiliary(network)).reduce((sum, { shape }) => sum + elementCount(shape), 0)
}

/** The network as ONNX, with labels and preprocessing in its metadata. */
export function onnxModelOf(
  { network, weights, normalization, mode, scale }: ExportSource,
  rules: Preprocessing,
  { preprocessing, dense, batch }: ExportChoices,
): OnnxModel {
  const plain = withoutAuxiliary(network)
  const preparation = {
    mode: dense ? 'crop' : isPadded(mode) ? 'pad' : (mode as 'crop' | 'squash'),
    ...{ scale, fill: rules.resize.fill, crop: dense ? null : network.input[1] },
    ...{ mean: normalization.mean, std: normalization.std },
  } as const
  return deployedModel(
    dense ? denseForm(plain, 'dense') : plain,
    dense ? denseWeights(plain, weights) : weights,
    {
      metadata: metadata(rules),
      preparation: preprocessing === 'inside' ? preparation : null,
      anySize: dense,
      batch,
    },
  )
}
