import { join } from 'node:path'
import { StudioError, throwIfAborted } from '../../base/errors.ts'
import { writeAtomic } from '../../base/files.ts'
import type { Tensor, Tensors } from '../../base/tensor.ts'
import { findEngine } from '../../engine/index.ts'
import { denseForm } from '../../evaluation/forms.ts'
import { denseWeights } from '../../network/dense.ts'
import { parameters } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { readSafetensors, writeSafetensors } from '../../weights/safetensors.ts'
import { readPicture } from '../loaders/picture.ts'
import { modelInput, probabilitiesOf } from '../loaders/preprocess.ts'
import { metadata, readRules } from '../preprocessing.ts'
import { pytorchProgram } from '../pytorchProgram.ts'
import type { Exporter, Outcome, Reopened, ReopenInput } from '../exporter.ts'
import { parameterCount } from './onnx.ts'

/** In the file's metadata: the network as data, by which it can be run again. */
const networkKey = 'vgg-studio.network'

/** Weights under torchvision's names, and the network in PyTorch. */
export const safetensors: Exporter = {
  files: ['model.safetensors', 'model.py'],
  loaders: ['classify.py'],
  tolerance: 1e-3,
  isReduced: false,
  calibrationImages: 0,
  runtimes: ['read-back'],
  size: (source) => 4 * parameterCount(source),
  async write(source, rules, { preprocessing, dense, batch }, folder) {
    if (preprocessing === 'inside') throw new StudioError('export-choice', { what: 'inside' })
    if (batch !== 'any') throw new StudioError('export-choice', { what: 'batch' })
    const plain = withoutAuxiliary(source.network)
    const network = dense ? denseForm(plain, 'dense') : plain
    const weights = dense ? denseWeights(plain, source.weights) : source.weights
    const tensors: Tensors = new Map(parameters(network).map(({ name }) => [name, weights.get(name)!]))
    const told = { ...metadata(rules), format: 'pt', [networkKey]: JSON.stringify(network) }
    await writeSafetensors(join(folder, 'model.safetensors'), tensors, told)
    await writeAtomic(join(folder, 'model.py'), pytorchProgram(network))
  },
  reopen: readBack,
}

/** Reads the file again and runs what it holds, from pictures on. */
export async function readBack(runtime: string, input: ReopenInput): Promise<Reopened> {
  const { folder, pictures, onPicture, signal } = input
  const rules = await readRules(folder)
  const { tensors, metadata: told } = await readSafetensors(join(folder, 'model.safetensors'))
  const network = JSON.parse(told[networkKey]!) as Network
  const predictor = await findEngine('onnxruntime').predictor(network, tensors, { precision: 'fp32' })
  const outcomes: Outcome[] = []
  try {
    for (const path of pictures) {
      throwIfAborted(signal)
      const started = performance.now()
      const { data, shape } = modelInput(await readPicture(path), rules)
      const { data: logits } = await predictor.logits({ data, shape } as Tensor)
      const probabilities = [...probabilitiesOf(logits, rules)]
      outcomes.push({ probabilities, milliseconds: performance.now() - started })
      onPicture()
    }
  } finally {
    await predictor.dispose()
  }
  return { runtime, outcomes }
}
