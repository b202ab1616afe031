import { join } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { writeAtomic } from '../../base/files.ts'
import { denseForm } from '../../evaluation/forms.ts'
import { deployedNetwork } from '../../graph/tensorflow/deployed.ts'
import { graphModel as graphModelOf, type GraphModel } from '../../graph/tensorflow/graphModel.ts'
import { constant } from '../../graph/tensorflow/variables.ts'
import { tensorflowWriter } from '../../graph/tensorflow/writer.ts'
import { denseWeights } from '../../network/dense.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { pageFiles, writePage } from '../browserPage.ts'
import { modelSize } from '../modelSize.ts'
import { metadata, type Preprocessing } from '../preprocessing.ts'
import { runLoader } from '../runLoader.ts'
import type { Exporter } from '../exporter.ts'
import type { ExportChoices, ExportSource } from '../types.ts'

const tolerances = { float32: 1e-3, float16: 1e-2, uint8: 0.5 } as const

/** A graph model of TensorFlow.js, for web pages. */
export const graphModel: Exporter = {
  files: ['model.json', 'weights'],
  programs: pageFiles,
  layout: 'NHWC',
  loaders: ['classify.ts', 'picture.ts', 'preprocess.ts', 'tfjs.ts', 'openTfjs.ts', 'browser.ts'],
  // As ONNX in as many bits.
  tolerance: ({ weights = 'float32' }) => tolerances[weights],
  runtimes: ['tfjs-wasm'],
  async write(source, rules, choices, folder) {
    await writeGraphModel(folder, modelOf(source, rules, choices))
    await writePage(folder, 'tfjs', rules)
  },
  reopen: runLoader,
  besideSingle({ source: { network }, choices, bytes }) {
    // Weights are floats again when it is opened: only its size differs, by what they take.
    const single = bytes + modelSize(network, 'tfjs') - modelSize(network, 'tfjs', choices.weights)
    return Promise.resolve({ bytes: [single, bytes], milliseconds: null })
  },
}

/** model.json, and the files that it names. */
export async function writeGraphModel(folder: string, { description, files }: GraphModel): Promise<void> {
  for (const [name, content] of files) await writeAtomic(join(folder, name), content)
  await writeAtomic(join(folder, 'model.json'), JSON.stringify(description))
}

/** @throws StudioError `export-choice` for preprocessing inside and a fixed number of images */
function modelOf(
  { network, weights: tensors }: ExportSource,
  rules: Preprocessing,
  { preprocessing, dense, batch, weights = 'float32' }: ExportChoices,
): GraphModel {
  if (preprocessing === 'inside') throw new StudioError('export-choice', { what: 'inside-tensorflow' })
  if (batch !== 'any') throw new StudioError('export-choice', { what: 'batch-tensorflow' })
  const plain = withoutAuxiliary(network)
  const own = dense ? denseWeights(plain, tensors) : tensors
  const writer = tensorflowWriter()
  const signature = deployedNetwork(writer, dense ? denseForm(plain, 'dense') : plain, dense, ({ name }) =>
    constant(writer, name, own.get(name)!),
  )
  return graphModelOf(writer.nodes, signature, { weights, folder: 'weights', metadata: metadata(rules) })
}
