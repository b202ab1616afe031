import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { writeAtomic } from '../../base/files.ts'
import { denseForm } from '../../evaluation/forms.ts'
import { deployedModel } from '../../graph/onnx/deployed.ts'
import { encodeModel, type OnnxModel } from '../../graph/onnx/schema.ts'
import { isPadded } from '../../image/types.ts'
import { denseWeights } from '../../network/dense.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { pageFiles, writePage } from '../browserPage.ts'
import { isSmaller } from '../formatNames.ts'
import { readPicture } from '../loaders/picture.ts'
import { modelInput } from '../loaders/preprocess.ts'
import { metadata, type Preprocessing } from '../preprocessing.ts'
import { runLoader } from '../runLoader.ts'
import { medianTimes } from '../speed.ts'
import type { BesideInput, BesideSingle, Exporter } from '../exporter.ts'
import type { ExportChoices, ExportSource } from '../types.ts'

/** One file for ONNX Runtime and others, in 32-bit floats. */
export const onnx: Exporter = {
  files: ['model.onnx'],
  programs: pageFiles,
  layout: 'NCHW',
  loaders: [
    ...['classify.py', 'classify.ts', 'picture.ts', 'preprocess.ts'],
    ...['onnx.ts', 'openOnnx.ts', 'browser.ts'],
  ],
  tolerance: () => 1e-3,
  runtimes: ['onnxruntime-node', 'onnxruntime-web'],
  async write(source, rules, choices, folder) {
    await writeAtomic(join(folder, 'model.onnx'), encodeModel(onnxModelOf(source, rules, choices)))
    await writePage(folder, 'onnx', rules)
  },
  reopen: runLoader,
}

/** The network as ONNX, with labels and preprocessing in its metadata. */
export function onnxModelOf(
  { network, weights, normalization, mode, scale }: ExportSource,
  rules: Preprocessing,
  { preprocessing, dense, batch, weights: kept }: ExportChoices,
): OnnxModel {
  if (isSmaller(kept)) throw new StudioError('export-choice', { what: 'weights' })
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

/** For models that are ONNX in fewer bits: they take turns with the one in single precision. */
export async function besideOnnx(input: BesideInput): Promise<BesideSingle> {
  const { source, rules, choices, folder, bytes, picture, signal } = input
  const single = encodeModel(onnxModelOf(source, rules, choices))
  const reduced = await readFile(join(folder, 'model.onnx'))
  const value = modelInput(await readPicture(picture), rules)
  const milliseconds = await medianTimes([single, reduced], rules.input.name, value, signal)
  return { bytes: [single.length, bytes], milliseconds }
}
